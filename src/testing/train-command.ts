import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './files/temporary-folder.js';

const WORDS = ['cloud', 'sword', 'handle', 'particles', 'of', 'the', 'rain', 'light', 'stone'];

/** A short text with words that the fixtures know. */
export const trainingText = (seed: number): string =>
  Array.from({ length: 2 + (seed % 5) }, (_, at) => WORDS[(seed * 7 + at * 3) % WORDS.length]).join(' ');

export const PAIRS = Array.from({ length: 8 }, (_, row) => ({
  anchor: trainingText(row),
  positive: trainingText(row + 50),
}));

export const jsonLines = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Writes a new file, and returns its path. */
export function dataFile(text: string, name = 'pairs.jsonl'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** The path of a folder that does not exist yet. */
export const newRunFolder = (): string => join(temporaryFolder(), 'run');

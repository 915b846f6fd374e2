import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../../arguments.js';
import { InputError } from '../../errors.js';
import { MODULES_FILE } from '../../files/folder/modules-json.js';
import { isMissing } from '../../files/is-missing.js';
import type { LogEntry } from '../../trainer/callbacks.js';
import { checkpointsIn } from '../../trainer/checkpoint.js';
import { readEnvironments, type RunEnvironment } from '../../trainer/environment-file.js';
import { METRICS_FILE } from '../../trainer/metrics-file.js';
import { finalModel } from '../train/run-folder.js';

const CARD_FILE = 'README.md';

/** What a run has left in its folder. */
export interface Run {
  readonly folder: string;
  readonly entries: readonly LogEntry[];
  /** The folder of the trained model, or that of the newest checkpoint of a run that was cut off; undefined if there is none. */
  readonly model: string | undefined;
  /** Whether the run has come to its end. */
  readonly isComplete: boolean;
  /** Lines of the log that are not whole. */
  readonly brokenLines: number;
  /** The model's card as Markdown. */
  readonly card: string;
  /** Where the run was computed; empty if it has not noted that. */
  readonly environments: readonly RunEnvironment[];
}

/** @throws InputError if the folder has no log of a run */
export async function readRun(folder: string): Promise<Run> {
  const path = join(folder, METRICS_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    throw new InputError(`there is no file ${path}; expected the folder of a run, as \`train\` writes it`);
  });
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const entries = lines.map(entryOf).filter((entry) => entry !== undefined);
  if (entries.length === 0) {
    throw new InputError(`${path} has no whole entry; expected an object of numbers in each line`);
  }
  const final = finalModel(folder);
  const isSaved = existsSync(join(final, MODULES_FILE));
  const newest = (await checkpointsIn(folder)).at(-1);
  const model = isSaved ? final : newest && join(folder, newest.name);
  const card = model === undefined ? '' : await readFile(join(model, CARD_FILE), 'utf8').catch(() => '');
  return {
    folder,
    entries,
    model,
    isComplete: isSaved && entries.some((entry) => 'train_runtime' in entry),
    brokenLines: lines.length - entries.length,
    card,
    environments: await readEnvironments(folder),
  };
}

function entryOf(line: string): LogEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value) || Array.isArray(value)) return undefined;
    // JSON has null for a number that is not finite.
    const numbers = Object.entries(value).flatMap(([name, each]): [string, number][] =>
      typeof each === 'number' || each === null ? [[name, each ?? Number.NaN]] : [],
    );
    return numbers.length === 0 ? undefined : Object.fromEntries(numbers);
  } catch {
    return undefined;
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { writeFileWhole } from '../../src/files/write-file.js';
import type { AwkwardText } from './awkward-texts.js';
import { type Expected, FIXTURES } from './reference.js';

/** The reference's results for a sample of texts with the tokenizers in fixtures/tokenizers. */
export interface Golden {
  readonly texts: readonly AwkwardText[];
  /** By the name of the tokenizer's folder. */
  readonly expected: Readonly<Record<string, Expected>>;
}

export const GOLDEN_LINES = 500;
const PATH = join(FIXTURES, 'golden.json.gz');

export function readGolden(): Golden {
  return JSON.parse(gunzipSync(readFileSync(PATH)).toString('utf8')) as Golden;
}

export async function writeGolden(golden: Golden): Promise<string> {
  await writeFileWhole(PATH, [gzipSync(JSON.stringify(golden), { level: 9 })]);
  return PATH;
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceFolder } from '../../parity/start-reference.js';
import { packageRoot } from '../../src/package-root.js';
import { lastLineOf } from '../programs/answer-of.js';
import type { AwkwardText } from './awkward-texts.js';

export const FIXTURES = join(packageRoot(), 'fixtures', 'tokenizers');

/** The longest sequence when texts are truncated. */
export const CUT = 64;

/** How texts are encoded, in the order of the reference's results. */
export const WAYS = [
  { name: 'whole', maxLength: Infinity, addSpecialTokens: true },
  { name: `cut to ${CUT}`, maxLength: CUT, addSpecialTokens: true },
  { name: 'bare', maxLength: CUT, addSpecialTokens: false },
  { name: 'split', maxLength: CUT, addSpecialTokens: true, splitSpecialTokens: true },
] as const;

/** Ids and type ids of a text. */
export type Encoded = readonly [ids: readonly number[], typeIds: readonly number[]];

/** The results of transformers for a folder and texts. */
export interface Expected {
  readonly modelMaxLength: number;
  readonly modelInputNames: readonly string[];
  readonly paddingSide: 'left' | 'right';
  readonly paddingId: number | null;
  readonly paddingTypeId: number;
  readonly unknownId: number | null;
  readonly specialIds: readonly number[];
  readonly vocabularySize: number;
  /** An id, its token, and the id of that token. */
  readonly tokens: readonly (readonly [number, string, number | null])[];
  readonly encodings: readonly (readonly Encoded[])[];
  /** For the texts that are not pairs, in batches of 256, truncated. */
  readonly seconds: number;
}

export interface Job {
  readonly name: string;
  readonly folder: string;
  /** The number of texts, from the first on. */
  readonly count: number;
}

/** Trains tokenizers of every kind on WordNet's texts, in folders below `folder`; about 20 seconds. */
export async function trainKinds(python: string, folder: string): Promise<Pick<Job, 'name' | 'folder'>[]> {
  const texts = join(folder, 'texts.json');
  writeFileSync(texts, JSON.stringify(wordNetTexts()));
  const kinds = join(folder, 'kinds');
  await runReference(python, ['train', texts, kinds]);
  return [
    ...foldersIn(kinds),
    ...foldersIn(FIXTURES).map((kind) => ({ ...kind, name: `fixture ${kind.name}` })),
  ];
}

/** One job after the other, as the reference's process finishes them. */
export async function encodeByReference(
  python: string,
  work: string,
  jobs: readonly Job[],
  texts: readonly AwkwardText[],
): Promise<Expected[]> {
  const results = jobs.map((job, index) => ({ ...job, result: join(work, `result-${index}.json`) }));
  writeFileSync(join(work, 'jobs.json'), JSON.stringify(results));
  writeFileSync(join(work, 'awkward.json'), JSON.stringify(texts));
  await runReference(python, ['encode', join(work, 'jobs.json'), join(work, 'awkward.json')]);
  return results.map(({ result }) => JSON.parse(readFileSync(result, 'utf8')) as Expected);
}

async function runReference(python: string, args: readonly string[]): Promise<void> {
  const command = [join(referenceFolder(), 'tokenizer.py'), ...args];
  await lastLineOf(python, command, { env: { PYTHONUTF8: '1' } });
}

function foldersIn(folder: string): Pick<Job, 'name' | 'folder'>[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(folder, name) }));
}

function wordNetTexts(): string[] {
  const folder = join(packageRoot(), 'fixtures', 'wordnet');
  return ['n-tuple.jsonl', 'pair.jsonl', 'class-pair.jsonl', 'triplet.jsonl'].flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => Object.values(JSON.parse(line) as Record<string, unknown>))
      .filter((value) => typeof value === 'string'),
  );
}

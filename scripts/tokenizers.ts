/** Compares tokenizers with those of transformers, token by token: npm run tokenizers -- --help */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { grouped } from '../src/counted.js';
import { openProgress, type Progress } from '../src/progress.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { runCommand } from '../src/shell/run-command.js';
import { plainTable } from '../src/shell/table.js';
import { loadTokenizer } from '../src/tokenizer/load-tokenizer.js';
import { referencePython } from './programs/options.js';
import { type AwkwardText, awkwardTexts } from './tokenizers/awkward-texts.js';
import { type TokenizersOptions, tokenizersCommand } from './tokenizers/command.js';
import {
  compareTokenizer,
  type Comparison,
  differs,
  hasDifference,
  timeBatches,
} from './tokenizers/compare.js';
import { GOLDEN_LINES, writeGolden } from './tokenizers/golden.js';
import { encodeByReference, FIXTURES, type Job, trainKinds, WAYS } from './tokenizers/reference.js';

/** Each differs from the others in its model or in the steps before it. Further kinds differ in settings. */
const MAIN: ReadonlySet<string> = new Set([
  'minilm',
  'bert-uncased',
  'bert-cased',
  'roberta',
  'xlm-roberta',
  'fixture xlm-roberta',
  'unigram-plain',
  'modernbert',
  'albert',
  'deberta-v2',
]);
const FEW = 0.1;

interface Row extends Comparison {
  readonly name: string;
  readonly texts: number;
  /** Texts per second, without pairs. */
  readonly speed: { readonly ours: number; readonly reference: number };
}

async function main(options: TokenizersOptions): Promise<void> {
  const python = await referencePython({});
  const work = mkdtempSync(join(tmpdir(), 'sparse-encoder-tokenizers-'));
  process.once('exit', () => rmSync(work, { recursive: true, force: true }));
  if (options.record) await record(python, work, options.seed);
  else report(await compareAll(python, work, options), options.json);
}

async function record(python: string, work: string, seed: number): Promise<void> {
  const texts = awkwardTexts(GOLDEN_LINES, seed);
  const jobs = ['bert', 'xlm-roberta'].map((name) => ({
    name,
    folder: join(FIXTURES, name),
    count: texts.length,
  }));
  const results = await encodeByReference(python, work, jobs, texts);
  const expected = Object.fromEntries(
    results.map((result, index) => [basename(jobs[index]?.folder ?? ''), result]),
  );
  process.stdout.write(`${await writeGolden({ texts, expected })}\n`);
}

async function compareAll(python: string, work: string, { lines, seed }: TokenizersOptions): Promise<Row[]> {
  const texts = awkwardTexts(lines, seed);
  const progress = openProgress(2);
  progress.note('training tokenizers');
  const kinds = await trainKinds(python, work);
  progress.advance('encoding with the reference');
  const jobs = kinds.map((kind) => ({
    ...kind,
    count: MAIN.has(kind.name) ? lines : Math.ceil(lines * FEW),
  }));
  const rows: Row[] = [];
  for (const job of jobs) rows.push(await compareOne(python, work, job, texts, progress));
  progress.stop();
  return rows;
}

/** The reference first, then this package, so that both are timed within the same minute. */
async function compareOne(
  python: string,
  work: string,
  job: Job,
  texts: readonly AwkwardText[],
  progress: Progress,
): Promise<Row> {
  progress.note(job.name);
  const few = texts.slice(0, job.count);
  const [expected] = await encodeByReference(python, work, [job], few);
  if (expected === undefined) throw new RangeError(`the reference gave nothing for ${job.name}`);
  const tokenizer = await loadTokenizer(job.folder);
  const comparison = await compareTokenizer(tokenizer, expected, few);
  const seconds = await timeBatches(tokenizer, few);
  const single = few.length - comparison.pairs;
  return {
    ...comparison,
    name: job.name,
    texts: few.length,
    speed: { ours: single / seconds, reference: single / expected.seconds },
  };
}

function report(rows: readonly Row[], json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(rows, undefined, 2)}\n` : renderTable(rows));
  if (hasDifference(rows)) process.exitCode = EXIT.finding;
}

function renderTable(rows: readonly Row[]): string {
  const head = [
    'tokenizer',
    'texts',
    'pairs',
    ...WAYS.map(({ name }) => name),
    'tokens',
    'settings',
    'texts/s',
    'Python',
  ];
  const cells = rows.map(({ name, texts, pairs, differences, tokens, settings, speed }) => [
    name,
    ...[texts, pairs, ...differences, tokens, settings.length].map(String),
    ...[speed.ours, speed.reference].map((value) => grouped(Math.round(value))),
  ]);
  const findings = rows
    .filter(differs)
    .flatMap(({ name, settings, examples }) => [...settings, ...examples].map((line) => `${name}: ${line}`));
  return [
    plainTable([head, ...cells]),
    'Columns from "whole" to "settings" count differences.',
    ...findings,
    '',
  ].join('\n');
}

await runCommand(() => tokenizersCommand(main));

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { type Case, casesOf, EVALUATORS, NAMES, waysModel, WRONG } from '../testing/pair-evaluations.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { recordWarnings } from '../testing/warnings.js';

const program = fileURLToPath(new URL('../../parity/reference/pair_evaluators.py', import.meta.url));

interface Answer {
  readonly metrics: Readonly<Record<string, number>>;
  readonly primary: string | null;
  readonly file: string;
  readonly table: readonly (readonly string[])[];
}

async function ours(each: Case): Promise<Answer> {
  const { similarity } = each;
  const evaluator = EVALUATORS[each.evaluator](each.arguments, waysModel(each.teacher, similarity));
  const folder = temporaryFolder();
  const outputs = { outputPath: folder, epoch: 2, steps: 30 };
  const metrics = await evaluator.evaluate(waysModel(each.embeddings, similarity), outputs);
  const [file = ''] = readdirSync(folder);
  const table = readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return { metrics, primary: evaluator.primaryMetric, file, table };
}

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function theirs(all: readonly Case[]): Promise<readonly Answer[]> {
  const requests = all.map((each) => ({
    ...each,
    arguments: Object.fromEntries(
      Object.entries(each.arguments).map(([name, value]) => [snakeCase(name), value]),
    ),
  }));
  const output = await runInReference({ path: program }, { input: JSON.stringify(requests) });
  return JSON.parse(output.toString().replaceAll(/\bNaN\b/g, 'null')) as Answer[];
}

/** Its rounding error where the reference computes in float32. */
const TOLERANCE = 2e-6;

/** Whether two numbers are equal up to rounding; the reference's NaN is null. */
function areNear(found: number, expected: number | null | undefined): boolean {
  if (expected === null || Number.isNaN(expected)) return Number.isNaN(found);
  return expected !== undefined && Math.abs(found - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}

/** What differs, in words; undefined if nothing does. */
function differenceOf(found: Answer, expected: Answer): string | undefined {
  const keys = (metrics: object): string => Object.keys(metrics).toSorted().join(' ');
  if (keys(found.metrics) !== keys(expected.metrics)) return `keys: ${keys(found.metrics)}`;
  for (const [key, value] of Object.entries(found.metrics)) {
    const other = expected.metrics[key];
    if (!areNear(value, other)) return `${key}: ${value} and ${other}`;
  }
  if (found.primary !== expected.primary) return `primary: ${found.primary} and ${expected.primary}`;
  if (found.file !== expected.file) return `file: ${found.file} and ${expected.file}`;
  const [[header = [], row = []], [theirHeader = [], theirRow = []]] = [found.table, expected.table];
  if (header.join() !== theirHeader.join()) return `header: ${header.join()} and ${theirHeader.join()}`;
  const cell = row.findIndex((value, place) => !areNear(Number(value), Number(theirRow[place])));
  return cell < 0 && row.length === theirRow.length
    ? undefined
    : `cells: ${row.join()} and ${theirRow.join()}`;
}

const RUNS = 60;

describe.runIf(HAS_REFERENCE)("metrics beside those of the reference's evaluators", () => {
  const sampled = NAMES.map((name, place) => fc.sample(casesOf(name), { numRuns: RUNS, seed: 31 + place }));
  let expected: readonly Answer[];
  beforeAll(async () => {
    expected = await theirs(sampled.flat());
  }, LIVE_TIME);

  async function differences(place: number, make: (each: Case) => Case = (each) => each): Promise<string[]> {
    // A correlation that is not a number is warned of.
    recordWarnings();
    const found = await Promise.all((sampled[place] ?? []).map((each) => ours(make(each))));
    return found.flatMap((answer, index) => {
      const different = differenceOf(answer, expected[place * RUNS + index] as Answer);
      return different === undefined ? [] : [`${different}\n${JSON.stringify(sampled[place]?.[index])}`];
    });
  }

  it.each(NAMES.map((name, place) => [name, place] as const))('are the same: %s', async (_, place) => {
    expect(await differences(place)).toEqual([]);
  });

  it.each(
    NAMES.flatMap((name, place) =>
      Object.keys(WRONG[name]).map((mistake) => [name, mistake, place] as const),
    ),
  )('of %s would differ if %s', async (name, mistake, place) => {
    expect(await differences(place, WRONG[name][mistake])).not.toEqual([]);
  });
});

import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../../testing/python/live-reference.js';
import { sampledRows } from '../../testing/sampler-cases.js';
import { setWarningHandler, type WarningHandler } from '../../warnings.js';
import { arrayDataset, type Row } from '../dataset.js';
import {
  BATCH_SAMPLERS,
  type BatchSamplerName,
  MULTI_DATASET_BATCH_SAMPLERS,
  type MultiDatasetBatchSamplerName,
} from './catalog.js';
import { epochSeed, seededPermutations } from './permutations.js';

const program = fileURLToPath(new URL('../../../parity/reference/samplers.py', import.meta.url));

interface Case {
  readonly sampler: BatchSamplerName;
  readonly multi: MultiDatasetBatchSamplerName | null;
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly seed: number;
  readonly epoch: number;
  readonly datasets: readonly (readonly Row[])[];
}

interface Answer {
  readonly batches?: readonly (readonly number[])[];
  readonly length?: number;
  readonly error?: string;
}

/** The stream of random orders for the sampler of several data sets. */
const MULTI = 1000;

const cases = (name: BatchSamplerName, multi: MultiDatasetBatchSamplerName | null): fc.Arbitrary<Case> =>
  fc.record({
    sampler: fc.constant(name),
    multi: fc.constant(multi),
    batchSize:
      name === 'group_by_label' ? fc.constantFrom(4, 4, 6, 6, 8, 5, 2) : fc.integer({ min: 1, max: 9 }),
    dropLast: fc.boolean(),
    seed: fc.nat(),
    epoch: fc.integer({ min: 0, max: 5 }),
    datasets: fc.array(
      sampledRows,
      multi === null ? { minLength: 1, maxLength: 1 } : { minLength: 2, maxLength: 4 },
    ),
  });

async function ours({ sampler, multi, batchSize, dropLast, seed, epoch, datasets }: Case): Promise<Answer> {
  try {
    const samplers = await Promise.all(
      datasets.map(async (rows, place) =>
        BATCH_SAMPLERS[sampler](arrayDataset(rows), {
          batchSize,
          dropLast,
          permutations: seededPermutations(seed, place),
        }),
      ),
    );
    const [first] = samplers;
    if (multi === null || first === undefined) {
      return { batches: [...(first?.batches(epoch) ?? [])], length: first?.length ?? 0 };
    }
    const joined = MULTI_DATASET_BATCH_SAMPLERS[multi](samplers, seededPermutations(seed, MULTI));
    const begins = datasets.map((_, place) =>
      datasets.slice(0, place).reduce((sum, { length }) => sum + length, 0),
    );
    const batches = [...joined.batches(epoch)].map(({ dataset, indices }) =>
      indices.map((index) => index + (begins[dataset] ?? NaN)),
    );
    return { batches, length: joined.length };
  } catch (error) {
    return { error: String(error) };
  }
}

async function theirs(all: readonly Case[]): Promise<readonly Answer[]> {
  const requests = all.map((each) => ({
    ...each,
    seeds: each.datasets.map((_, place) => epochSeed(each.seed, place, each.epoch)),
    multiSeed: epochSeed(each.seed, MULTI, each.epoch),
    datasets: each.datasets.map((rows) =>
      Object.fromEntries(
        Object.keys(rows[0] ?? {}).map((column) => [column, rows.map((row) => row[column])]),
      ),
    ),
  }));
  const output = await runInReference({ path: program }, { input: JSON.stringify(requests) });
  return JSON.parse(output.toString()) as Answer[];
}

const names = Object.keys(BATCH_SAMPLERS) as BatchSamplerName[];
const multis = [null, ...(Object.keys(MULTI_DATASET_BATCH_SAMPLERS) as MultiDatasetBatchSamplerName[])];
const KINDS = names.flatMap((name) => multis.map((multi) => [name, multi] as const));
const RUNS = 150;

describe.runIf(HAS_REFERENCE)("batches beside those of the reference's samplers", () => {
  const sampled = KINDS.map(([name, multi]) => fc.sample(cases(name, multi), { numRuns: RUNS, seed: 17 }));
  let expected: readonly Answer[];
  let before: WarningHandler;
  beforeAll(async () => {
    before = setWarningHandler(() => undefined);
    expected = await theirs(sampled.flat());
  }, LIVE_TIME);
  afterAll(() => void setWarningHandler(before));

  it.each(KINDS.map((kind, place) => [...kind, place] as const))(
    'are the same for the same random orders: %s, %s',
    async (_name, _multi, place) => {
      let compared = 0;
      for (const [index, each] of (sampled[place] ?? []).entries()) {
        const answer = await ours(each);
        const { error, ...reference } = expected[place * RUNS + index] ?? {};
        const refusal = expect.objectContaining({
          error: expect.stringContaining('group_by_label') as string,
        }) as Answer;
        expect(answer, JSON.stringify(each)).toEqual(error === undefined ? reference : refusal);
        if ((reference.batches ?? []).length > 0) compared++;
      }
      // Most cases are neither rejected nor empty.
      expect(compared).toBeGreaterThan(RUNS / 3);
    },
  );
});

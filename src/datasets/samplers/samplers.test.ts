import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampledRows } from '../../testing/sampler-cases.js';
import { setWarningHandler } from '../../warnings.js';
import { arrayDataset, type Row } from '../dataset.js';
import type { SamplerSettings } from './batch-sampler.js';
import { BATCH_SAMPLERS, type BatchSamplerName } from './catalog.js';
import { hash53 } from './hash53.js';
import { proportional, roundRobin } from './multi-dataset.js';
import { seededPermutations } from './permutations.js';

const settings = (batchSize: number, dropLast: boolean, seed = 1): SamplerSettings => ({
  batchSize,
  dropLast,
  permutations: seededPermutations(seed, 0),
});
const samplerFor = async (name: BatchSamplerName, rows: readonly Row[], of: SamplerSettings) =>
  BATCH_SAMPLERS[name](arrayDataset(rows), of);

/** Runs `run` and catches its warnings. */
async function quietly<T>(run: () => Promise<T>): Promise<{ result: T; told: string[] }> {
  const told: string[] = [];
  const before = setWarningHandler((message) => void told.push(message));
  try {
    return { result: await run(), told };
  } finally {
    setWarningHandler(before);
  }
}

const sorted = (batches: Iterable<readonly number[]>): number[] =>
  [...batches].flat().toSorted((a, b) => a - b);
const allOf = (rows: readonly Row[]): number[] => rows.map((_, index) => index);
const textsOf = (row: Row): Set<unknown> =>
  new Set(Object.keys(row).flatMap((name) => (name === 'label' ? [] : [row[name]])));

const inputs = [sampledRows, fc.integer({ min: 1, max: 9 }), fc.boolean(), fc.nat()] as const;

describe('batch_sampler', () => {
  it('gives every row once in batches of the size, as many as it says', () =>
    fc.assert(
      fc.asyncProperty(...inputs, async (rows, size, dropLast, seed) => {
        const sampler = await samplerFor('batch_sampler', rows, settings(size, dropLast, seed));
        const batches = [...sampler.batches(0)];
        expect(batches).toHaveLength(sampler.length);
        const full = dropLast ? batches : batches.slice(0, -1);
        expect(full.every((batch) => batch.length === size)).toBe(true);
        expect(dropLast ? allOf(rows) : sorted(batches)).toEqual(allOf(rows));
      }),
    ));
});

describe.each(['no_duplicates', 'no_duplicates_hashed'] as const)('%s', (name) => {
  it('has no value twice in a batch, and every row once if nothing is dropped', () =>
    fc.assert(
      fc.asyncProperty(...inputs, async (rows, size, dropLast, seed) => {
        const { result: batches } = await quietly(async () => {
          const sampler = await samplerFor(name, rows, settings(size, dropLast, seed));
          return [...sampler.batches(3)];
        });
        for (const batch of batches) {
          const texts = batch.map((index) => textsOf(rows[index] ?? {}));
          expect(new Set(texts.flatMap((own) => [...own])).size).toBe(
            texts.reduce((sum, own) => sum + own.size, 0),
          );
          expect(dropLast ? batch.length : size).toBe(size);
        }
        expect(dropLast ? allOf(rows) : sorted(batches)).toEqual(allOf(rows));
      }),
    ));

  it('warns if the rows are too similar for the batch size', async () => {
    const rows = Array.from({ length: 8 }, (_, index) => ({ a: `text ${index % 3}`, score: index }));
    const { result, told } = await quietly(async () => {
      const sampler = await samplerFor(name, rows, settings(4, true));
      return { batches: [...sampler.batches(0)], length: sampler.length };
    });
    expect(result).toEqual({ batches: [], length: 2 });
    expect(told).toEqual([expect.stringContaining('the rows make 0 of 2 batches without equal values')]);
  });
});

describe('no_duplicates_hashed', () => {
  it('has the batches of no_duplicates', () =>
    fc.assert(
      fc.asyncProperty(...inputs, async (rows, size, dropLast, seed) => {
        const { result } = await quietly(() =>
          Promise.all(
            (['no_duplicates', 'no_duplicates_hashed'] as const).map(async (name) => {
              const sampler = await samplerFor(name, rows, settings(size, dropLast, seed));
              return [...sampler.batches(1)];
            }),
          ),
        );
        expect(result[1]).toEqual(result[0]);
      }),
    ));

  it('has a different hash for each of many similar texts', () => {
    const hashes = new Set<number>();
    for (let index = 0; index < 200_000; index++) {
      hashes.add(hash53(`the text number ${index}`)).add(hash53(`${index}`));
    }
    expect(hashes.size).toBe(400_000);
    expect([...hashes].every(Number.isSafeInteger)).toBe(true);
  });
});

describe('group_by_label', () => {
  const rowsOf = (...labels: readonly unknown[]): Row[] => labels.map((label) => ({ text: 'a', label }));

  it('has two rows of a label or more, of two labels or more, in each batch', () =>
    fc.assert(
      fc.asyncProperty(sampledRows, fc.constantFrom(4, 6, 8), fc.boolean(), async (rows, size, dropLast) => {
        const sampler = await samplerFor('group_by_label', rows, settings(size, dropLast)).catch(
          () => undefined,
        );
        const batches = [...(sampler?.batches(0) ?? [])];
        expect(batches).toHaveLength(sampler?.length ?? 0);
        expect(new Set(batches.flat()).size).toBe(batches.flat().length);
        for (const batch of batches) {
          const labels = batch.map((index) => rows[index]?.['label']);
          const counts = [...new Set(labels)].map((label) => labels.filter((each) => each === label).length);
          expect(counts.length).toBeGreaterThanOrEqual(2);
          expect(counts.every((count) => count % 2 === 0)).toBe(true);
        }
      }),
    ));

  it.each([
    [3, rowsOf(1, 1, 2, 2), 'the batch size is 3; expected an even number of at least 4'],
    [2, rowsOf(1, 1, 2, 2), 'the batch size is 2; expected an even number of at least 4'],
    [4, rowsOf(1, 1, 2), '1 of the 2 labels have two rows or more; expected at least 2 such labels'],
    [4, [{ text: 'a' }], 'the columns are text; expected one of label, labels, score, scores'],
    [4, rowsOf(1, null), 'row 1: column "label" is null; expected a class'],
    [4, rowsOf(NaN), 'row 0: column "label" is NaN; expected a class'],
  ])('refuses a batch of %d of %j', async (size, rows, message) => {
    await expect(samplerFor('group_by_label', rows, settings(size, true))).rejects.toThrow(message);
  });
});

describe('several data sets', () => {
  const samplers = () =>
    Promise.all(
      [5, 9, 2].map((length) =>
        samplerFor(
          'batch_sampler',
          Array.from({ length }, (_, i) => ({ a: `${i}` })),
          settings(2, false),
        ),
      ),
    );

  it('give all their batches in proportion, in random order', async () => {
    const sampler = proportional(await samplers(), seededPermutations(5, 9));
    const batches = [...sampler.batches(0)];
    expect(sampler.length).toBe(3 + 5 + 1);
    const places = batches.map(({ dataset }) => dataset);
    expect(places.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 2]);
    expect(places).not.toEqual(places.toSorted((a, b) => a - b));
    const rows = [0, 1, 2].map((place) =>
      sorted(batches.filter((b) => b.dataset === place).map((b) => b.indices)),
    );
    expect(rows.map((indices) => indices.length)).toEqual([5, 9, 2]);
  });

  it('give whole rounds in turn until one is used up', async () => {
    const sampler = roundRobin(await samplers(), seededPermutations(5, 9));
    expect([...sampler.batches(0)].map(({ dataset }) => dataset)).toEqual([0, 1, 2]);
    expect(sampler.length).toBe(3);
  });
});

describe('random orders', () => {
  it('depend only on the seed, the stream and the epoch', () => {
    const order = (seed: number, stream: number, epoch: number) => [
      ...seededPermutations(seed, stream)(epoch)(50),
    ];
    expect(order(1, 0, 0)).toEqual(order(1, 0, 0));
    const different = [order(1, 0, 0), order(2, 0, 0), order(1, 1, 0), order(1, 0, 1), order(0, 0, 1)];
    expect(new Set(different.map(String)).size).toBe(different.length);
    expect(order(1, 0, 0).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('give every row every place about equally often', () => {
    const counts = Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => 0));
    for (let epoch = 0; epoch < 8000; epoch++) {
      for (const [place, row] of seededPermutations(7, 0)(epoch)(8).entries()) {
        (counts[row] as number[])[place] = (counts[row]?.[place] ?? 0) + 1;
      }
    }
    // Each number is in each place about 1000 times, with a standard deviation of about 30.
    expect(counts.flat().every((count) => Math.abs(count - 1000) < 150)).toBe(true);
  });
});

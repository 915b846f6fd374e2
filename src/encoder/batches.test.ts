import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesByLength } from './batches.js';

/** Cost of batches: the computed tokens, including padding, and a constant per batch. */
const costOf = (batches: readonly (readonly number[])[], lengths: readonly number[]): number =>
  batches.reduce((sum, batch) => sum + 32 + batch.length * (lengths[batch[0] as number] as number), 0);

/** The least cost of any division, found by trying all. */
function leastCost(sorted: readonly number[], batchSize: number): number {
  if (sorted.length === 0) return 0;
  const sizes = Array.from({ length: Math.min(batchSize, sorted.length) }, (_, index) => index + 1);
  return Math.min(
    ...sizes.map((size) => 32 + size * (sorted[0] as number) + leastCost(sorted.slice(size), batchSize)),
  );
}

test('no cut pads less', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(200), { maxLength: 9 }),
      fc.integer({ min: 1, max: 8 }),
      (lengths, batchSize) => {
        const sorted = lengths.toSorted((a, b) => b - a);
        expect(costOf(batchesByLength(lengths, batchSize), lengths)).toBe(leastCost(sorted, batchSize));
      },
    ),
  );
});

test('every text is in one batch, none is too large, and lengths fall', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 8 }), (lengths, batchSize) => {
      const batches = batchesByLength(lengths, batchSize);
      const order = batches.flat();
      expect(order.toSorted((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
      expect(batches.every((batch) => batch.length > 0 && batch.length <= batchSize)).toBe(true);
      const sorted = order.map((index) => lengths[index]);
      expect(sorted).toEqual(sorted.toSorted((a, b) => (b ?? 0) - (a ?? 0)));
    }),
  );
});

test('a batch size of as many texts as there are takes no time that grows with its square', () => {
  const lengths = Array.from({ length: 100_000 }, (_, index) => 2 + (index % 300));
  const begin = performance.now();
  const batches = batchesByLength(lengths, lengths.length);
  // It takes some 0.2 s. Trying every length of every batch would be 5,000 million steps.
  expect(performance.now() - begin).toBeLessThan(5000);
  expect(batches.flat()).toHaveLength(lengths.length);
});

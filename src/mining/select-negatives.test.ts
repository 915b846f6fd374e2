import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Scored, type SelectionOptions, selectNegatives } from './select-negatives.js';

const NO_LIMITS = { absoluteMargin: null, relativeMargin: null, maxScore: null, minScore: null };
const OPTIONS: SelectionOptions = {
  ...NO_LIMITS,
  rangeMin: 0,
  rangeMax: 10,
  numNegatives: 3,
  samplingStrategy: 'top',
};
const candidates = (scores: readonly number[]): Scored[] =>
  scores.map((score, document) => ({ document, score }));
const documentsOf = (found: readonly Scored[]): number[] => found.map(({ document }) => document);
const ignored = (): void => undefined;

it('takes random candidates of the range, the best first, all of them equally often', () => {
  const options = {
    ...OPTIONS,
    samplingStrategy: 'random',
    rangeMin: 2,
    rangeMax: 6,
    numNegatives: 2,
  } as const;
  const given = candidates([9, 8, 7, 6, 5, 4, 3]);
  const drawn = Array.from({ length: 1200 }, (_, seed) =>
    documentsOf(selectNegatives(given, 10, options, seed, ignored)),
  );
  const counts = new Map<string, number>();
  for (const pair of drawn) counts.set(pair.join(), (counts.get(pair.join()) ?? 0) + 1);
  expect([...counts.keys()].toSorted()).toEqual(['2,3', '2,4', '2,5', '3,4', '3,5', '4,5']);
  for (const times of counts.values()) expect(Math.abs(times - 200)).toBeLessThan(60);
});

it('takes what is left if that is fewer, however it samples', () => {
  for (const samplingStrategy of ['top', 'random'] as const) {
    const found = selectNegatives(
      candidates([3, 9, 5]),
      6,
      { ...OPTIONS, samplingStrategy, maxScore: 5 },
      1,
      ignored,
    );
    expect(documentsOf(found)).toEqual([2, 0]);
  }
});

it('counts a candidate once, for the first limit that removes it', () => {
  const removed: string[] = [];
  const options = { ...OPTIONS, absoluteMargin: 1, maxScore: 4, minScore: 2 };
  const found = selectNegatives(candidates([1, 3, 4.5, 6]), 6, options, 1, (limit) => removed.push(limit));
  expect(documentsOf(found)).toEqual([1]);
  expect(removed).toEqual(['minScore', 'maxScore', 'absoluteMargin']);
});

it('keeps the order of equal scores', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 8 }), (scores) => {
      const found = selectNegatives(candidates(scores), 5, { ...OPTIONS, numNegatives: 8 }, 1, ignored);
      const expected = candidates(scores).toSorted((a, b) => b.score - a.score || a.document - b.document);
      expect(found).toEqual(expected);
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averagePrecision, bestAccuracy, bestF1, matthewsCorrelation } from './binary-classification.js';

const similarities = (values: readonly number[]): Float32Array => Float32Array.from(values);

/** Few different similarities, so that most of them are tied. */
const pairs = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 1 })), {
  minLength: 1,
  maxLength: 12,
});

/** Counts of the prediction "similar from this threshold on". */
function countsAt(threshold: number, given: readonly (readonly [number, number])[]) {
  const count = (similar: boolean, label: number): number =>
    given.filter(([value, of]) => value >= threshold === similar && of === label).length;
  return { tp: count(true, 1), fp: count(true, 0), fn: count(false, 1), tn: count(false, 0) };
}

const THRESHOLDS = [-3, -2, -1, 0, 1, 2, 3, 4];

describe('the best thresholds', () => {
  it('reach what the best of all thresholds reaches', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const values = similarities(given.map(([value]) => value));
        const labels = given.map(([, label]) => label);
        const all = THRESHOLDS.map((threshold) => countsAt(threshold, given));

        const accuracy = bestAccuracy(values, labels);
        expect(accuracy.accuracy).toBe(Math.max(...all.map(({ tp, tn }) => (tp + tn) / given.length)));
        const at = countsAt(accuracy.threshold, given);
        expect((at.tp + at.tn) / given.length).toBe(accuracy.accuracy);

        const best = bestF1(values, labels);
        const f1s = all.map(({ tp, fp, fn }) => (tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn)));
        expect(best.f1).toBeCloseTo(Math.max(...f1s), 12);
        if (best.f1 === 0) return;
        const { tp, fp, fn } = countsAt(best.threshold, given);
        expect([best.precision, best.recall]).toEqual([tp / (tp + fp), tp / (tp + fn)]);
      }),
    );
  });

  it('lie halfway to the next similarity in float32, and never include it', () => {
    const next = Math.fround(1 + 2 ** -23);
    expect(bestAccuracy(similarities([3, 1]), [1, 0])).toEqual({ accuracy: 1, threshold: 2 });
    expect(bestF1(similarities([next, 1]), [1, 0]).threshold).toBe(next);
  });

  it('call every pair dissimilar if nothing is better', () => {
    const { accuracy, threshold } = bestAccuracy(similarities([0, -1]), [0, 0]);
    expect([accuracy, threshold]).toEqual([1, 2 ** -149]);
    expect(bestAccuracy(similarities([-1]), [0]).threshold).toBe(-(1 - 2 ** -24));
    expect(bestAccuracy(similarities([1]), [0]).threshold).toBe(1 + 2 ** -23);
    expect(bestF1(similarities([0, -1]), [0, 0])).toEqual({ f1: 0, precision: 0, recall: 0, threshold: 0 });
  });
});

it('averagePrecision lets equal similarities enter together', () => {
  // Precision 1 at recall 1/2, then 2/3 at recall 1.
  expect(averagePrecision(similarities([3, 2, 2]), [1, 1, 0])).toBeCloseTo(1 / 2 + 1 / 3, 14);
  expect(averagePrecision(similarities([3, 2, 2]), [1, 0, 1])).toBeCloseTo(1 / 2 + 1 / 3, 14);
  expect(averagePrecision(similarities([1, 2]), [0, 0])).toBe(0);
});

it("matthewsCorrelation is the correlation of label and prediction, and 0 if one doesn't vary", () => {
  fc.assert(
    fc.property(pairs, fc.constantFrom(...THRESHOLDS), (given, threshold) => {
      const { tp, fp, fn, tn } = countsAt(threshold, given);
      const root = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
      const found = matthewsCorrelation(
        similarities(given.map(([value]) => value)),
        given.map(([, label]) => label),
        threshold,
      );
      expect(found).toBeCloseTo(root === 0 ? 0 : (tp * tn - fp * fn) / root, 12);
    }),
  );
});

import { describe, expect, it } from 'vitest';
import { InputError, OptionError } from '../errors.js';
import { bootstrapInterval, pairedRandomizationTest } from './statistics.js';

describe('pairedRandomizationTest', () => {
  it('tries all exchanges of few queries: 4 of 8 sums of 1, 2 and -0.5 are at least 2.5 or at most -2.5', () => {
    // |1 + 2 - 0.5| = 2.5; |1 + 2 + 0.5| = 3.5; and the same with all signs exchanged.
    const { difference, pValue } = pairedRandomizationTest([1, 2, 0], [0, 0, 0.5]);
    expect(difference).toBeCloseTo(2.5 / 3, 15);
    expect(pValue).toBe(0.5);
  });

  it('has 1 for equal scores, and the same random exchanges for the same seed', () => {
    const scores = Array.from({ length: 40 }, (_, query) => (query % 7) / 7);
    const better = scores.map((score, query) => score + (query % 3 === 0 ? -0.1 : 0.1));
    expect(pairedRandomizationTest(scores, scores).pValue).toBe(1);
    const { pValue } = pairedRandomizationTest(better, scores, { seed: 5 });
    expect(pValue).toBe(pairedRandomizationTest(better, scores, { seed: 5 }).pValue);
    expect(pValue).not.toBe(pairedRandomizationTest(better, scores, { seed: 6 }).pValue);
  });

  it('refuses different numbers of scores, and what is not a number', () => {
    expect(() => pairedRandomizationTest([1], [1, 2])).toThrow(InputError);
    expect(() => pairedRandomizationTest([], [])).toThrow('expected equal numbers, one at least');
    expect(() => pairedRandomizationTest([Number.NaN], [1])).toThrow('expected a list of finite numbers');
    expect(() => pairedRandomizationTest([1], [1], { resamples: 0 })).toThrow(OptionError);
  });
});

describe('bootstrapInterval', () => {
  it('is a point for equal scores, and wider for more confidence', () => {
    expect(bootstrapInterval([0.5, 0.5, 0.5])).toEqual({ low: 0.5, high: 0.5 });
    const scores = Array.from({ length: 30 }, (_, query) => (query % 5) / 5);
    const [narrow, wide] = [0.5, 0.99].map((confidence) => bootstrapInterval(scores, { confidence }));
    expect(wide?.low).toBeLessThan(narrow?.low ?? 0);
    expect(wide?.high).toBeGreaterThan(narrow?.high ?? 1);
    expect(bootstrapInterval(scores, { seed: 1 })).toEqual(bootstrapInterval(scores, { seed: 1 }));
  });

  it('refuses no scores and impossible options', () => {
    expect(() => bootstrapInterval([])).toThrow('there are no scores; expected one at least');
    expect(() => bootstrapInterval([1], { confidence: 1 })).toThrow('expected a number above 0 and below 1');
  });
});

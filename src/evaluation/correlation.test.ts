import { expect, it } from 'vitest';
import { averageRanks, pearson, spearman } from './correlation.js';

it('averageRanks shares the mean of their ranks among equal values', () => {
  expect([...averageRanks([10, 30, 10, 20, 10])]).toEqual([2, 5, 2, 4, 2]);
  expect([...averageRanks([])]).toEqual([]);
});

it('pearson is what the formula gives by hand, however large the numbers', () => {
  // Deviations [-1, 0, 1] and [-2, 1, 1]: 3 / sqrt(2 * 6).
  expect(pearson([1, 2, 3], [0, 3, 3])).toBeCloseTo(Math.sqrt(3) / 2, 14);
  expect(pearson([1e200, 2e200, 3e200], [0, 3, 3])).toBeCloseTo(Math.sqrt(3) / 2, 14);
  expect(pearson([1, 2, 4], [-1, -2, -4])).toBe(-1);
});

it('spearman only sees the order, and ties', () => {
  expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBe(1);
  expect(spearman([1, 2, 2, 4], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 14);
});

it('is not a number if one side is constant or there are fewer than two', () => {
  for (const correlation of [pearson, spearman]) {
    expect(correlation([1, 1], [1, 2])).toBeNaN();
    expect(correlation([1, 2], [0.1, 0.1])).toBeNaN();
    expect(correlation([1], [1])).toBeNaN();
  }
});

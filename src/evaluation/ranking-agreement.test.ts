import { expect, it } from 'vitest';
import { topOverlap } from './ranking-agreement.js';

it('is the share of the first k that both have, in whatever order', () => {
  expect(topOverlap([[1, 2, 3, 4]], [[4, 1, 9, 8]], 4)).toBe(0.5);
  expect(topOverlap([[1, 2, 3, 4]], [[4, 3, 2, 1]], 2)).toBe(0);
  expect(topOverlap([[1, 2]], [Uint32Array.of(2, 1)], 10)).toBe(1);
});

it('is the mean over queries', () => {
  expect(
    topOverlap(
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [3, 5],
      ],
      2,
    ),
  ).toBe(0.75);
});

it('of rankings of different length what is missing counts as different; two empty ones agree', () => {
  expect(topOverlap([[1, 2, 3, 4]], [[1]], 10)).toBe(0.25);
  expect(topOverlap([[]], [[]], 10)).toBe(1);
});

it('refuses another number of rankings, and none', () => {
  expect(() => topOverlap([[1]], [], 10)).toThrow('1 ranking beside 0; expected the same number of both');
  expect(() => topOverlap([], [], 10)).toThrow('at least one');
});

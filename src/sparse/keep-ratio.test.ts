import { expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { sparseFromRows } from './from-rows.js';
import { keepRatio } from './keep-ratio.js';
import { rowOf } from './row.js';

const matrix = sparseFromRows(
  [
    [
      [1, 2],
      [4, -1],
      [5, 0.5],
    ],
    [],
    [[3, 0.25]],
  ],
  6,
);

const rowsOf = (ratio: number): number[][] => {
  const kept = keepRatio(matrix, ratio);
  return [0, 1, 2].map((row) => [...rowOf(kept, row).indices]);
};

it('keeps what is more than a share of each row’s largest value, whatever its sign', () => {
  expect(rowsOf(0)).toEqual([[1, 4, 5], [], [3]]);
  expect(rowsOf(0.25)).toEqual([[1, 4], [], [3]]);
  expect(rowsOf(0.249)).toEqual([[1, 4, 5], [], [3]]);
  expect(rowsOf(0.5)).toEqual([[1], [], [3]]);
  expect([...rowOf(keepRatio(matrix, 0.25), 0).values]).toEqual([2, -1]);
});

it.each([1, -0.1, Number.NaN, '0.1'])('refuses the ratio %j', (ratio) => {
  expect(() => keepRatio(matrix, ratio as number)).toThrow(InputError);
  expect(() => keepRatio(matrix, ratio as number)).toThrow('expected a number from 0 to below 1');
});

import type { WireTensor } from '../src/python/exchange.js';

export type Numbers = WireTensor['data'];

/** The largest finite difference and its position. */
export function largestError(numbers: Numbers, truth: Numbers): { error: number; index: number } {
  let error = 0;
  let index = 0;
  for (let i = 0; i < truth.length; i++) {
    const difference = Math.abs(Number(numbers[i]) - Number(truth[i]));
    if (difference > error && difference < Infinity) {
      error = difference;
      index = i;
    }
  }
  return { error, index };
}

/** The coordinate of a position in a row-major tensor. */
export function coordinatesOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((size) => {
      const position = rest % size;
      rest = Math.floor(rest / size);
      return position;
    })
    .toReversed();
}

import type { PlainTensor } from './kernel-cases.js';

/** Whether a value may stand for its target. */
export type Nearness = (value: number, target: number) => boolean;

/** So far apart relative to the target's size, or to 1. */
export const withinTolerance =
  (tolerance: number): Nearness =>
  (value, target) =>
    Math.abs(value - target) <= tolerance * Math.max(1, Math.abs(target));

/** The smallest normal number of float32: below it digits are lost, and ONNX Runtime makes some of those 0. */
const SMALLEST = 2 ** -126;

/** So many units in the last place of a float32 apart; 0 leaves only the sign of 0 open. */
export const withinUlps =
  (ulps: number): Nearness =>
  (value, target) => {
    const ulp = 2 ** (Math.floor(Math.log2(Math.max(Math.abs(target), SMALLEST))) - 23);
    return Math.abs(value - target) <= ulps * ulp + (ulps > 0 ? SMALLEST : 0);
  };

/** Puts expected elements in the place of found ones that are near enough. */
export function align(found: readonly PlainTensor[], expected: readonly PlainTensor[], near: Nearness): void {
  found.forEach(({ values }, index) => {
    const wanted = expected[index]?.values ?? [];
    values.forEach((value, at) => {
      const target = wanted[at] ?? Number.NaN;
      if (near(value, target)) values[at] = target;
    });
  });
}

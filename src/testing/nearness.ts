import type { PlainTensor } from './kernel-cases.js';

/** Whether a value is near enough to its target. */
export type Nearness = (value: number, target: number) => boolean;

/** Accepts a difference relative to the target's size, or to 1 if that is larger. */
export const withinTolerance =
  (tolerance: number): Nearness =>
  (value, target) =>
    Math.abs(value - target) <= tolerance * Math.max(1, Math.abs(target));

/** The smallest normal number of float32. Digits are lost below it, and ONNX Runtime flushes some of those numbers to 0. */
const SMALLEST = 2 ** -126;

/** Accepts a difference of this many units in the last place of a float32. 0 only ignores the sign of 0. */
export const withinUlps =
  (ulps: number): Nearness =>
  (value, target) => {
    const ulp = 2 ** (Math.floor(Math.log2(Math.max(Math.abs(target), SMALLEST))) - 23);
    return Math.abs(value - target) <= ulps * ulp + (ulps > 0 ? SMALLEST : 0);
  };

/** Replaces found elements by the expected ones if they are near enough. */
export function align(found: readonly PlainTensor[], expected: readonly PlainTensor[], near: Nearness): void {
  found.forEach(({ values }, index) => {
    const wanted = expected[index]?.values ?? [];
    values.forEach((value, at) => {
      const target = wanted[at] ?? Number.NaN;
      if (near(value, target)) values[at] = target;
    });
  });
}

/** The largest power of two that has a bin of its own. */
const LARGEST_POWER = 20;

/** The limits of the bins of the histogram: 0, 1, 2, 4, ... float32 steps; null has no limit. */
export const ULP_LIMITS: readonly (number | null)[] = [
  0,
  ...Array.from({ length: LARGEST_POWER + 1 }, (_, power) => 2 ** power),
  null,
];

/** The bin of a distance in float32 steps. */
export function ulpBin(distance: number): number {
  if (distance === 0) return 0;
  return Math.min(ULP_LIMITS.length - 1, Math.ceil(Math.log2(distance)) + 1);
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** How many float32 numbers lie between two numbers, both rounded to float32. -0 is 0. */
export function ulpDistance(one: number, other: number): number {
  return Math.abs(ordinal(one) - ordinal(other));
}

/** The place of a float32 in the order of all. */
function ordinal(value: number): number {
  float[0] = value;
  const pattern = bits[0] ?? 0;
  return pattern < 0 ? -(pattern & 0x7fffffff) : pattern;
}

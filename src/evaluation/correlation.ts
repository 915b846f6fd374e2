/**
 * Pearson's correlation of two lists of numbers of equal length, at most 1 in magnitude:
 *
 *     sum (x_i - mean x) (y_i - mean y) / sqrt(sum (x_i - mean x)^2 sum (y_i - mean y)^2)
 *
 * It is NaN if all numbers of a list are equal, or there are fewer than two.
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (isConstant(x) || isConstant(y)) return NaN;
  const [dx, dy] = [unitDeviations(x), unitDeviations(y)];
  let sum = 0;
  for (let i = 0; i < dx.length; i++) sum += (dx[i] as number) * (dy[i] as number);
  return Math.min(1, Math.max(-1, sum));
}

/** Spearman's correlation: Pearson's of the ranks, where equal numbers share the mean of their ranks. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearson(averageRanks(x), averageRanks(y));
}

/** Ranks from 1 by ascending value; equal values have the mean of their ranks. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, place) => place).toSorted(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
  const ranks = new Float64Array(values.length);
  for (let begin = 0, end = 0; begin < order.length; begin = end) {
    const value = values[order[begin] as number];
    while (end < order.length && values[order[end] as number] === value) end++;
    for (let place = begin; place < end; place++) ranks[order[place] as number] = (begin + 1 + end) / 2;
  }
  return ranks;
}

function isConstant(values: ArrayLike<number>): boolean {
  return Array.from(values).every((value) => value === values[0]);
}

/** Differences from the mean, scaled to the norm 1. The largest is scaled to 1 first, so that no square overflows. */
function unitDeviations(values: ArrayLike<number>): Float64Array {
  const deviations = Float64Array.from(values);
  const mean = deviations.reduce((sum, value) => sum + value, 0) / deviations.length;
  const largest = deviations.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  const norm = Math.sqrt(deviations.reduce((sum, value) => sum + ((value - mean) / largest) ** 2, 0));
  return deviations.map((value) => (value - mean) / largest / norm);
}

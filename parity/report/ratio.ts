/** A ratio as a report shows it: 0 is exact, infinity a mismatch that has no measure. */
export function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return 'inf';
  return ratio >= 1000 ? ratio.toExponential(1) : ratio.toFixed(2);
}

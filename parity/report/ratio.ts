/** A ratio for a report: 0 is exact, infinity is a mismatch without a measure. */
export function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return 'inf';
  return ratio >= 1000 ? ratio.toExponential(1) : ratio.toFixed(2);
}

import type { Ratio } from './statistics.js';

/** A ratio for a report: 0 is exact, null (infinite) is a mismatch without a measure. */
export function formatRatio(ratio: Ratio): string {
  if (ratio === null) return 'inf';
  return ratio >= 1000 ? ratio.toExponential(1) : ratio.toFixed(2);
}

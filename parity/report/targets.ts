import { largerRatio, type Ratio, type ReportCell } from './statistics.js';

/** What is known of a target over all strata. */
export interface TargetTotal extends Omit<ReportCell, 'stratum'> {
  readonly cells: readonly ReportCell[];
}

/** The cells of each target together, in the order of the cells. */
export function targetsOf(cells: readonly ReportCell[]): TargetTotal[] {
  const byTarget = new Map<string, ReportCell[]>();
  for (const cell of cells) byTarget.set(cell.target, [...(byTarget.get(cell.target) ?? []), cell]);
  return [...byTarget].map(([target, own]) => ({
    target,
    cells: own,
    cases: own.reduce((sum, { cases }) => sum + cases, 0),
    mismatches: own.reduce((sum, { mismatches }) => sum + mismatches, 0),
    valueRatio: largest(own.map(({ valueRatio }) => valueRatio)),
    gradientRatio: largest(own.map(({ gradientRatio }) => gradientRatio)),
    seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
  }));
}

const largest = (ratios: readonly Ratio[]): Ratio => ratios.reduce<Ratio>(largerRatio, 0);

import type { MinedAnchor } from './mined-rows.js';
import { type Limit, LIMITS } from './select-negatives.js';

/** What a mining has found so far. */
export interface MiningReport {
  /** Different queries that were mined. */
  readonly queries: number;
  readonly rows: number;
  readonly positives: number;
  readonly negatives: number;
  readonly meanPositiveScore: number;
  readonly meanNegativeScore: number;
  /** Candidates that each limit removed. */
  readonly removed: Readonly<Record<Limit, number>>;
  /** Candidates for which the cross-encoder has no score. */
  readonly unscored: number;
  /** Queries for which there were fewer negatives than asked for. */
  readonly short: number;
}

/** The sums behind a report, by name, so that a mining can be resumed. */
export type MiningCounts = Record<
  | 'queries'
  | 'rows'
  | 'positives'
  | 'negatives'
  | 'positiveScores'
  | 'negativeScores'
  | 'unscored'
  | 'short'
  | Limit,
  number
>;

export const noCounts = (): MiningCounts => ({
  queries: 0,
  rows: 0,
  positives: 0,
  negatives: 0,
  positiveScores: 0,
  negativeScores: 0,
  unscored: 0,
  short: 0,
  absoluteMargin: 0,
  relativeMargin: 0,
  maxScore: 0,
  minScore: 0,
});

export function count(
  counts: MiningCounts,
  { positives, negatives }: MinedAnchor,
  rows: number,
  asked: number,
): void {
  counts.queries++;
  counts.rows += rows;
  counts.positives += positives.length;
  counts.negatives += negatives.length;
  for (const { score } of positives) counts.positiveScores += score;
  for (const { score } of negatives) counts.negativeScores += score;
  if (negatives.length < asked) counts.short++;
}

export function reportOf(counts: MiningCounts): MiningReport {
  const { queries, rows, positives, negatives, positiveScores, negativeScores, unscored, short } = counts;
  return {
    queries,
    rows,
    positives,
    negatives,
    meanPositiveScore: positives === 0 ? 0 : positiveScores / positives,
    meanNegativeScore: negatives === 0 ? 0 : negativeScores / negatives,
    removed: Object.fromEntries(LIMITS.map((limit) => [limit, counts[limit]])) as Record<Limit, number>,
    unscored,
    short,
  };
}

import { seededRandom } from '../random.js';
import type { ResolvedMiningOptions } from './options.js';

/** A document with its score for a query. */
export interface Scored {
  readonly document: number;
  readonly score: number;
}

/** The limits that can remove a candidate, in the order in which they are applied. */
export const LIMITS = ['absoluteMargin', 'relativeMargin', 'maxScore', 'minScore'] as const;
export type Limit = (typeof LIMITS)[number];

/** Whether a limit removes a score, where p is the lowest score of the query's positives. */
export const REMOVES: Readonly<Record<Limit, (score: number, limit: number, p: number) => boolean>> = {
  absoluteMargin: (score, margin, p) => score + margin > p,
  // A share of |p|: a factor of p would raise the limit where p is negative.
  relativeMargin: (score, margin, p) => score > p - Math.abs(p) * margin,
  maxScore: (score, most) => score > most,
  minScore: (score, least) => score < least,
};

export type SelectionOptions = Pick<
  ResolvedMiningOptions,
  Limit | 'rangeMin' | 'numNegatives' | 'samplingStrategy'
> & { readonly rangeMax: number };

/**
 * Chooses the negatives of a query from its candidates: those that no limit removes, by descending score; of these the
 * ones at rangeMin to rangeMax; of these the first or random numNegatives, by descending score.
 *
 * @param candidates without positives
 * @param removed told of each candidate that a limit removes
 */
export function selectNegatives(
  candidates: readonly Scored[],
  lowestPositive: number,
  options: SelectionOptions,
  seed: number,
  removed: (limit: Limit) => void,
): readonly Scored[] {
  const { rangeMin, rangeMax, numNegatives, samplingStrategy } = options;
  const left = candidates.filter(({ score }) => {
    const limit = LIMITS.find((name) => {
      const value = options[name];
      return value !== null && REMOVES[name](score, value, lowestPositive);
    });
    if (limit !== undefined) removed(limit);
    return limit === undefined;
  });
  const range = left.toSorted((a, b) => b.score - a.score).slice(rangeMin, rangeMax);
  if (samplingStrategy === 'top' || range.length <= numNegatives) return range.slice(0, numNegatives);
  const order = seededRandom(seed).shuffle(Array.from(range.keys()));
  return order
    .slice(0, numNegatives)
    .toSorted((a, b) => a - b)
    .map((place) => range[place] as Scored);
}

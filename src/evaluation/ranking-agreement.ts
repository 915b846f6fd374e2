import { counted } from '../counted.js';
import { InputError } from '../errors.js';

/**
 * The share of the k best of one ranking that are among the k best of the other, averaged over queries: from 0 to 1,
 * and 1 for queries with no documents in either. Rankings of fewer than k documents count in full.
 *
 * @throws InputError if the numbers of rankings differ or are 0
 */
export function topOverlap(
  rankings: readonly ArrayLike<number>[],
  others: readonly ArrayLike<number>[],
  k: number,
): number {
  if (rankings.length !== others.length || rankings.length === 0) {
    throw new InputError(
      `${counted(rankings.length, 'ranking')} beside ${others.length}; expected the same number of both, and at least one`,
    );
  }
  const shares = rankings.map((ranking, query) => {
    const [best, otherBest] = [first(ranking, k), first(others[query] as ArrayLike<number>, k)];
    const shared = best.filter((document) => otherBest.includes(document)).length;
    const most = Math.max(best.length, otherBest.length);
    return most === 0 ? 1 : shared / most;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function first(ranking: ArrayLike<number>, k: number): number[] {
  return Array.from({ length: Math.min(k, ranking.length) }, (_, place) => ranking[place] as number);
}

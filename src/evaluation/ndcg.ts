import { counted } from '../counted.js';
import { InputError } from '../errors.js';

/**
 * Normalized discounted cumulative gain of one ranking, with relevance of 0 or 1:
 *
 *     DCG@k = sum over relevant ranks r <= k of 1 / log2(r + 1),   nDCG@k = DCG@k / that of the best ranking there is
 *
 * @param ranking documents, the best first
 * @param relevant at least one
 * @throws InputError for no relevant document, since no ranking is better than another then
 */
export function ndcg(ranking: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  if (relevant.size === 0) throw new InputError('a query has no relevant document; expected at least one');
  let found = 0;
  for (let place = 0; place < Math.min(k, ranking.length); place++) {
    if (relevant.has(ranking[place] as number)) found += gain(place);
  }
  let best = 0;
  for (let place = 0; place < Math.min(k, relevant.size); place++) best += gain(place);
  return found / best;
}

/**
 * The mean over queries, of which ranking i is for the i-th set of relevant documents. Queries without any are left out,
 * as sentence-transformers does.
 *
 * @throws InputError for other numbers of both, and if no query has a relevant document
 */
export function meanNdcg(
  rankings: readonly ArrayLike<number>[],
  relevant: readonly ReadonlySet<number>[],
  k: number,
): number {
  if (rankings.length !== relevant.length) {
    throw new InputError(
      `${counted(rankings.length, 'ranking')} for ${counted(relevant.length, 'query', 'queries')}; expected one for each query`,
    );
  }
  const scores = rankings.flatMap((ranking, query) => {
    const documents = relevant[query] as ReadonlySet<number>;
    return documents.size === 0 ? [] : [ndcg(ranking, documents, k)];
  });
  if (scores.length === 0) throw new InputError('no query has a relevant document; expected one at least');
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** place counts from 0 */
const gain = (place: number): number => 1 / Math.log2(place + 2);

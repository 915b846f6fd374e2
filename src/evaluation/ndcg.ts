import { counted } from '../counted.js';
import { InputError } from '../errors.js';

/**
 * Normalized discounted cumulative gain of one ranking, with relevance of 0 or 1:
 *
 *     DCG@k = sum over relevant ranks r <= k of 1 / log2(r + 1),   nDCG@k = DCG@k / DCG@k of the best possible ranking
 *
 * @param ranking documents, the best first
 * @param relevant at least one
 * @throws InputError if there is no relevant document, since all rankings are then equal
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
 * The mean nDCG over queries; ranking i belongs to the i-th set of relevant documents. Queries without relevant
 * documents are left out, as in sentence-transformers.
 *
 * @throws InputError if the numbers of both differ, or no query has a relevant document
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

/** The gain at a position, counted from 0. */
const gain = (place: number): number => 1 / Math.log2(place + 2);

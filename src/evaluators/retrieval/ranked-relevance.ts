import { averagePrecision } from '../../evaluation/binary-classification.js';
import { scoredNdcg } from '../../evaluation/scored-ndcg.js';

/** What reranking and fusion measure for one query. */
export interface RankedScores {
  readonly map: number;
  readonly mrr: number;
  readonly ndcg: number;
}

export const NOTHING_FOUND: RankedScores = { map: 0, mrr: 0, ndcg: 0 };

/**
 * MAP over all documents, and MRR and nDCG of the first k. For MRR, of documents with equal scores the earlier comes
 * first; the other two do not depend on their order.
 *
 * @param relevance 0 or 1 for each document
 */
export function rankedScores(scores: Float32Array, relevance: readonly number[], k: number): RankedScores {
  const order = Array.from(relevance.keys()).toSorted(
    (a, b) => (scores[b] as number) - (scores[a] as number),
  );
  const first = order.slice(0, k).findIndex((document) => relevance[document] === 1);
  return {
    map: averagePrecision(scores, relevance),
    mrr: first === -1 ? 0 : 1 / (first + 1),
    ndcg: scoredNdcg(scores, relevance, k),
  };
}

/** The means over queries. */
export function meanScores(all: readonly RankedScores[]): RankedScores {
  const mean = (of: (scores: RankedScores) => number): number =>
    all.reduce((sum, scores) => sum + of(scores), 0) / all.length;
  return { map: mean(({ map }) => map), mrr: mean(({ mrr }) => mrr), ndcg: mean(({ ndcg }) => ndcg) };
}

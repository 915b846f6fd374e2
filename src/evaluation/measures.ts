import { ndcg } from './ndcg.js';

/**
 * A measure of the first k documents of one ranking, from 0 to 1.
 *
 * @param ranking documents, the best first
 * @param relevant at least one document
 */
export type RankingMeasure = (ranking: ArrayLike<number>, relevant: ReadonlySet<number>, k: number) => number;

/** The measures of sentence-transformers' evaluators for rankings. Relevance is 0 or 1. */
export const RANKING_MEASURES = {
  /** 1 if one of the first k is relevant, otherwise 0. */
  accuracy: (ranking, relevant, k) => Math.min(1, found(ranking, relevant, k)),
  /** Relevant documents among the first k, divided by k. */
  precision: (ranking, relevant, k) => found(ranking, relevant, k) / k,
  /** Relevant documents among the first k, divided by the number of relevant documents. */
  recall: (ranking, relevant, k) => found(ranking, relevant, k) / relevant.size,
  mrr: reciprocalRank,
  ndcg,
  map: averagePrecision,
} as const satisfies Readonly<Record<string, RankingMeasure>>;

export type MeasureName = keyof typeof RANKING_MEASURES;

function found(ranking: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let count = 0;
  for (let place = 0; place < Math.min(k, ranking.length); place++) {
    if (relevant.has(ranking[place] as number)) count++;
  }
  return count;
}

/** 1 / r for the rank r of the first relevant document; 0 if it is beyond k. */
function reciprocalRank(ranking: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  for (let place = 0; place < Math.min(k, ranking.length); place++) {
    if (relevant.has(ranking[place] as number)) return 1 / (place + 1);
  }
  return 0;
}

/**
 * Average precision: the sum of precision@r over the relevant ranks r <= k, divided by the most that could be found, the
 * smaller of k and the number of relevant documents.
 */
function averagePrecision(ranking: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let count = 0;
  let sum = 0;
  for (let place = 0; place < Math.min(k, ranking.length); place++) {
    if (relevant.has(ranking[place] as number)) sum += ++count / (place + 1);
  }
  return sum / Math.min(k, relevant.size);
}

import { rowOf } from '../../src/sparse/row.js';
import { SparseIndex, type SearchHits } from '../../src/sparse/search/sparse-index.js';
import type { Collection } from './engine.js';

/** One query against all documents, in float64. */
export interface ExactRanking {
  /** Documents with a score above 0, the best first. */
  readonly best: SearchHits;
  /** The score of every document. */
  readonly scores: Float64Array;
  /** Active dimensions of the query. */
  readonly terms: number;
}

/** Unit roundoff of float32: half of the distance from 1 to the next number. */
const ROUNDOFF = 2 ** -24;

export function exactRankings({ documents, queries }: Collection): ExactRanking[] {
  const everything = SparseIndex.fromMatrix(documents).search(queries, Math.max(documents.rows, 1));
  return everything.map((hits, query) => {
    const scores = new Float64Array(documents.rows);
    for (const [place, document] of hits.documents.entries()) {
      scores[document] = hits.scores[place] as number;
    }
    return { best: above0(hits), scores, terms: rowOf(queries, query).indices.length };
  });
}

/**
 * How far a score may be off. A sum of `terms` products, none below 0, has at most `terms` float32 roundings per
 * product, whatever the order; one more covers what such a bound neglects.
 */
function tolerance({ terms }: ExactRanking, score: number): number {
  return (terms + 1) * ROUNDOFF * score;
}

/**
 * The fault of an engine's first k hits of a query; undefined if there is none. An inverted index never visits
 * documents that share nothing with the query, so documents with score 0 are ignored on both sides. For the others:
 *
 * - as many as exist must be found, up to k, each once;
 * - a score must equal the exact one within the rounding of a float32 sum;
 * - at each rank the exact scores of the engine's document and of the exact ranking's may differ by both their
 *   tolerances: sorting by rounded scores can move them no farther. So ties may be in any order.
 */
export function rankingFault(exact: ExactRanking, found: SearchHits, k: number): string | undefined {
  const { documents, scores } = above0(found);
  const expected = Math.min(k, exact.best.documents.length);
  if (documents.length !== expected) return `${documents.length} hits above 0; expected ${expected}`;
  if (new Set(documents).size !== documents.length) {
    return `a document is there twice: ${documents.join(' ')}`;
  }
  for (const [place, document] of documents.entries()) {
    const score = exact.scores[document];
    if (score === undefined) return `there is no document ${document}`;
    const own = scores[place] as number;
    if (!(Math.abs(own - score) <= tolerance(exact, score))) {
      return `document ${document} has the score ${own}; expected ${score} +- ${tolerance(exact, score)}`;
    }
    const exactScore = exact.best.scores[place] as number;
    if (Math.abs(score - exactScore) > tolerance(exact, score) + tolerance(exact, exactScore)) {
      return `place ${place + 1} has document ${document} of score ${score}; expected ${exact.best.documents[place]} of ${exactScore}`;
    }
  }
  return undefined;
}

/**
 * The share of the best k documents that were found, over all queries. If several documents have the last one's score,
 * each of them counts as it.
 */
export function recall(exact: readonly ExactRanking[], found: readonly SearchHits[], k: number): number {
  let relevant = 0;
  let hits = 0;
  for (const [query, ranking] of exact.entries()) {
    const count = Math.min(k, ranking.best.documents.length);
    if (count === 0) continue;
    const least = ranking.best.scores[count - 1] as number;
    const documents = found[query]?.documents.slice(0, count) ?? [];
    relevant += count;
    hits += Array.from(documents).filter(
      (document) => (ranking.scores[document] as number) >= least - tolerance(ranking, least),
    ).length;
  }
  return relevant === 0 ? 1 : hits / relevant;
}

function above0({ documents, scores }: SearchHits): SearchHits {
  const isAbove = (_: number, place: number): boolean => (scores[place] as number) > 0;
  return { documents: documents.filter(isAbove), scores: scores.filter((score) => score > 0) };
}

import { isObject } from '../../arguments.js';
import { counted } from '../../counted.js';
import { InputError } from '../../errors.js';
import { areStrings, type OptionRule } from '../../options.js';

/** What a search has found for a query. */
export interface FusionSample {
  readonly query_id: string | number;
  readonly query: string;
  /** The relevant documents. */
  readonly positive: string | readonly string[];
  /** What was found, the best first. */
  readonly documents: readonly string[];
}

const isSample = (value: unknown): boolean => {
  const sample = (isObject(value) ? value : {}) as Readonly<Record<string, unknown>>;
  return (
    ['string', 'number'].includes(typeof sample['query_id']) &&
    typeof sample['query'] === 'string' &&
    (typeof sample['positive'] === 'string' || areStrings(sample['positive'])) &&
    areStrings(sample['documents'])
  );
};

export const SAMPLES: OptionRule<readonly FusionSample[]> = {
  expects: 'a list of { query_id, query, positive, documents }, one at least',
  accepts: (value) => Array.isArray(value) && value.length > 0 && Array.from(value).every(isSample),
};

/** @throws InputError unless both are about the same queries, in the same order */
export function checkSameQueries(dense: readonly FusionSample[], sparse: readonly FusionSample[]): void {
  if (dense.length !== sparse.length) {
    throw new InputError(
      `${counted(dense.length, 'sample')} in denseSamples and ${sparse.length} in sparseSamples; expected equal numbers`,
    );
  }
  for (const [at, { query_id: id }] of dense.entries()) {
    const other = sparse[at]?.query_id;
    if (id === other) continue;
    throw new InputError(
      `sample ${at} is of query "${id}" in denseSamples and of "${other}" in sparseSamples`,
    );
  }
}

/**
 * Fuses two rankings by reciprocal ranks: a document scores the sum of 1 / (rrfK + r) over the rankings that have it,
 * where r is its rank from 1. Of equal scores, the document that the first ranking found earlier comes first, and those
 * of the first ranking before those of the second alone.
 *
 * Source: Cormack, Clarke and Buettcher, Reciprocal Rank Fusion (SIGIR 2009).
 */
export function fused(first: readonly string[], second: readonly string[], rrfK: number): string[] {
  const scores = new Map<string, number>();
  for (const documents of [first, second]) {
    const ranks = new Map(documents.map((document, place) => [document, place + 1]));
    for (const [document, rank] of ranks) {
      scores.set(document, (scores.get(document) ?? 0) + 1 / (rrfK + rank));
    }
  }
  return [...scores].toSorted(([, a], [, b]) => b - a).map(([document]) => document);
}

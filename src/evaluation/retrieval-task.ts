import { areStrings, type OptionRule } from '../options.js';

/** Queries, documents, and the relevant documents of each query. */
export interface RetrievalTask {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** The positions of each query's relevant documents; may be empty. */
  readonly relevant: readonly ReadonlySet<number>[];
}

export const aRetrievalTask: OptionRule<RetrievalTask> = {
  expects:
    'queries, documents and, for each query, the set of the places of its relevant documents, which one query has at least',
  accepts: isTask,
};

function isTask(value: unknown): boolean {
  const { queries, documents, relevant } = (value ?? {}) as { readonly [K in keyof RetrievalTask]?: unknown };
  if (!areStrings(queries) || !areStrings(documents) || !Array.isArray(relevant)) return false;
  const isPlace = (place: unknown): boolean =>
    Number.isInteger(place) && (place as number) >= 0 && (place as number) < documents.length;
  return (
    relevant.length === queries.length &&
    relevant.every((each) => each instanceof Set && [...each].every(isPlace)) &&
    relevant.some((each: ReadonlySet<number>) => each.size > 0)
  );
}

import { areStrings, type OptionRule } from '../options.js';

/** Queries, documents, and the relevant documents of each query. */
export interface RetrievalTask {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** The positions of each query's relevant documents; may be empty. */
  readonly relevant: readonly ReadonlySet<number>[];
  /** Default: their positions. */
  readonly queryIds?: readonly string[];
  /** Default: their positions. Of equal scores the document with the lower id comes first. */
  readonly documentIds?: readonly string[];
}

/** The texts and relevant documents of a task by id. */
export function textsById({ queries, documents, relevant, ...task }: RetrievalTask): {
  readonly queries: ReadonlyMap<string, string>;
  readonly corpus: ReadonlyMap<string, string>;
  readonly relevantDocs: ReadonlyMap<string, readonly string[]>;
} {
  const queryIds = task.queryIds ?? positions(queries);
  const documentIds = task.documentIds ?? positions(documents);
  const idOf = (query: number): string => queryIds[query] as string;
  return {
    queries: new Map(queries.map((text, query) => [idOf(query), text])),
    corpus: new Map(documents.map((text, document) => [documentIds[document] as string, text])),
    relevantDocs: new Map(
      relevant.map((each, query) => [idOf(query), Array.from(each, (place) => documentIds[place] as string)]),
    ),
  };
}

/** Positions of equal length, so that their order as texts is that of their numbers. */
function positions({ length }: readonly string[]): string[] {
  const digits = String(length).length;
  return Array.from({ length }, (_, position) => String(position).padStart(digits, '0'));
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

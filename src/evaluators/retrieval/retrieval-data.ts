import { isObject } from '../../arguments.js';
import { counted } from '../../counted.js';
import { InputError } from '../../errors.js';
import type { OptionRule } from '../../options.js';
import { warn } from '../../warnings.js';

/** Values by id. */
export type ById<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

/** The ids of the relevant documents of each query. */
export type RelevantDocs = ById<readonly string[] | ReadonlySet<string>>;

export interface RetrievalTexts {
  readonly queries: ById<string>;
  readonly corpus: ById<string>;
  readonly relevantDocs: RelevantDocs;
}

const entriesOf = <T>(values: ById<T>): (readonly [string, T])[] =>
  values instanceof Map
    ? [...(values as ReadonlyMap<string, T>)]
    : Object.entries(values as Record<string, T>);

const byId = (what: string, accepts: (value: unknown) => boolean): OptionRule<never> => ({
  expects: `${what} by id, a Map or an object`,
  accepts: (values) =>
    isObject(values) &&
    !Array.isArray(values) &&
    entriesOf(values as ById<unknown>).every(([id, value]) => typeof id === 'string' && accepts(value)),
});

const isIds = (value: unknown): boolean =>
  (Array.isArray(value) || value instanceof Set) && [...(value as Iterable<unknown>)].every(isText);
const isText = (value: unknown): boolean => typeof value === 'string';

export const TEXTS_BY_ID: OptionRule<ById<string>> = byId('texts', isText);
export const IDS_BY_ID: OptionRule<RelevantDocs> = byId('lists or sets of ids of relevant documents', isIds);

/** A retrieval task whose documents have numbers, in the order of the corpus. */
export interface RetrievalData {
  readonly queryIds: readonly string[];
  readonly queries: readonly string[];
  readonly corpusIds: readonly string[];
  readonly corpus: readonly string[];
  /**
   * The numbers of the relevant documents of each query. A relevant document that is not in the corpus has a number
   * beyond it, so that it counts as not found.
   */
  readonly relevant: readonly ReadonlySet<number>[];
}

/**
 * Numbers the documents, and leaves out queries without relevant documents, as the reference does, with a warning.
 *
 * @throws InputError if no query has a relevant document, or if the corpus is empty
 */
export function retrievalData(
  place: string,
  { queries, corpus, relevantDocs }: RetrievalTexts,
): RetrievalData {
  const documents = entriesOf(corpus);
  if (documents.length === 0) {
    throw new InputError(`${place}: the corpus is empty; expected a document at least`);
  }
  const numbers = new Map(documents.map(([id], number) => [id, number]));
  const relevantIds = new Map(entriesOf(relevantDocs));
  const beyond = new Map<string, number>();
  const numberOf = (id: string): number => {
    const number = numbers.get(id) ?? beyond.get(id);
    if (number !== undefined) return number;
    beyond.set(id, documents.length + beyond.size);
    return documents.length + beyond.size - 1;
  };
  const given = entriesOf(queries);
  const kept = given.flatMap(([id, text]) => {
    const relevant = new Set(Array.from(relevantIds.get(id) ?? [], numberOf));
    return relevant.size === 0 ? [] : [{ id, text, relevant }];
  });
  if (kept.length === 0) {
    throw new InputError(
      `${place}: none of ${counted(given.length, 'query', 'queries')} has a relevant document`,
    );
  }
  if (kept.length < given.length) {
    const left = counted(given.length - kept.length, 'query', 'queries');
    warn(`${place}: ${left} of ${given.length} without relevant documents left out`);
  }
  if (beyond.size > 0) {
    warn(`${place}: the corpus lacks ${counted(beyond.size, 'relevant document')}, which count as not found`);
  }
  return {
    queryIds: kept.map(({ id }) => id),
    queries: kept.map(({ text }) => text),
    corpusIds: documents.map(([id]) => id),
    corpus: documents.map(([, text]) => text),
    relevant: kept.map(({ relevant }) => relevant),
  };
}

import { isObject } from '../arguments.js';
import { type Dataset, placeIn } from '../datasets/dataset.js';
import { eachRow } from '../datasets/each-row.js';
import { selectColumns } from '../datasets/select-columns.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';

/** A query and the places of its positives in the corpus, each once, in the order of the rows. */
export interface Anchor {
  readonly text: string;
  readonly positives: readonly number[];
}

/** What is mined: every query and every document once. */
export interface Anchors {
  /** The names of the columns of queries and positives. */
  readonly columns: readonly [anchor: string, positive: string];
  readonly anchors: readonly Anchor[];
  readonly corpus: readonly string[];
  readonly rows: number;
  /** The largest number of rows of one query. */
  readonly mostRows: number;
}

/**
 * Reads the pairs of a data set. Rows with the same query are its positives. The corpus has the given texts and all
 * positives, each text once.
 *
 * @throws InputError that names the row and its column, if a cell is not a text; also if there is no pair
 */
export async function readAnchors(
  dataset: Dataset,
  names: { readonly anchor: string | null; readonly positive: string | null },
  corpus: readonly string[],
): Promise<Anchors> {
  if (dataset.length === 0) throw new InputError('the data set has no rows; expected at least one pair');
  const columns = pairColumns(dataset, names);
  const documents = new Map<string, number>();
  const add = (text: string): number => {
    const known = documents.get(text);
    if (known !== undefined) return known;
    documents.set(text, documents.size);
    return documents.size - 1;
  };
  for (const text of corpus) add(text);

  const anchors = new Map<string, { rows: number; readonly positives: Set<number> }>();
  for await (const [index, row] of eachRow(selectColumns(dataset, columns, 'the data set'))) {
    const [query, positive] = columns.map((column) => textIn(row, column, placeIn(dataset, index)));
    const anchor = anchors.get(query as string) ?? { rows: 0, positives: new Set() };
    anchor.rows++;
    anchor.positives.add(add(positive as string));
    anchors.set(query as string, anchor);
  }
  return {
    columns,
    anchors: Array.from(anchors, ([text, { positives }]) => ({ text, positives: [...positives] })),
    corpus: [...documents.keys()],
    rows: dataset.length,
    mostRows: [...anchors.values()].reduce((most, { rows }) => Math.max(most, rows), 0),
  };
}

function pairColumns(
  { columns }: Dataset,
  { anchor, positive }: { readonly anchor: string | null; readonly positive: string | null },
): [string, string] {
  const chosen = [anchor ?? columns[0], positive ?? columns[1]];
  if (chosen[0] === undefined || chosen[1] === undefined || chosen[0] === chosen[1]) {
    throw new InputError(
      `the data set has the columns ${columns.join(', ')}; expected one of queries and another of positives`,
    );
  }
  return [chosen[0], chosen[1]];
}

/** @throws InputError that names the row and its column */
export function textIn(row: unknown, column: string, place: string): string {
  const value: unknown = isObject(row) ? Reflect.get(row, column) : undefined;
  if (typeof value === 'string') return value;
  throw new InputError(`${place}: ${column} is ${describe(value)}; expected a text`);
}

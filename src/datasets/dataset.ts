import { type ArgumentRule, checkArguments, isObject, listOf } from '../arguments.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';

/** One row as it was read: values by the names of their columns. */
export type Row = Readonly<Record<string, unknown>>;

/** A data set of known length whose rows can be read in any order: an array, or a file with an index of its rows. */
export interface Dataset {
  /** The columns in order. The order decides the role of each column in a loss. */
  readonly columns: readonly string[];
  readonly length: number;
  /**
   * The rows with these indices, in the order of the indices.
   *
   * @throws InputError naming the place of a row that cannot be read
   */
  rows(indices: readonly number[]): readonly Row[] | Promise<readonly Row[]>;
  /** The same rows for a check before training, if that is less work. Any text may stand for an existing text. */
  glance?(indices: readonly number[]): readonly Row[] | Promise<readonly Row[]>;
  /** The place of a row for messages, such as `train.jsonl:12`. Default: `row 12`, from 0. */
  placeOf?(index: number): string;
  /** Closes an open file. */
  close?(): Promise<void>;
}

/** A row of a stream with its place, for messages. */
export interface PlacedRow {
  readonly row: Row;
  readonly place: string;
}

/** A data set that is read from front to back and never held whole. */
export interface IterableDataset {
  /** Starts again from the first row at each call. A row that cannot be read is replaced by the error that says why. */
  open(): AsyncIterable<PlacedRow | InputError>;
}

export const placeIn = (dataset: Dataset, index: number): string =>
  dataset.placeOf?.(index) ?? `row ${index}`;

export function isDataset(value: unknown): value is Dataset {
  return isObject(value) && typeof Reflect.get(value, 'rows') === 'function' && 'columns' in value;
}

const ROWS: ArgumentRule = listOf(
  'a list of rows, objects of values by column',
  (row) => isObject(row) && !Array.isArray(row),
);

/**
 * A data set of rows in memory. The columns are those of the first row, in its order.
 *
 *     const pairs = arrayDataset([
 *       { anchor: 'a cat', positive: 'a small animal' },
 *       { anchor: 'to run', positive: 'to move fast' },
 *     ]);
 *
 * @throws InputError if the rows are not a list of objects, or if the list is empty
 */
export function arrayDataset(rows: readonly Row[]): Dataset {
  checkArguments('arrayDataset', { rows: ROWS }, { rows });
  const [first] = rows;
  if (first === undefined) throw new InputError('arrayDataset: the list has no rows; expected at least one');
  return {
    columns: Object.keys(first),
    length: rows.length,
    rows: (indices) => indices.map((index) => rowAt(rows, index)),
  };
}

function rowAt(rows: readonly Row[], index: number): Row {
  const row = rows[index];
  if (row !== undefined) return row;
  throw new InputError(`there is no row ${describe(index)}; expected a whole number below ${rows.length}`);
}

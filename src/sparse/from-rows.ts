import { checkArguments, isObject, listOf } from '../arguments.js';
import { InputError } from '../errors.js';
import { checkSize } from './check-sparse-matrix.js';
import { GrowingEntries } from './growing-entries.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** An index and its value. */
export type SparseEntry = readonly [index: number, value: number];

const isEntry = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'number');
const ROWS = listOf(
  'a list of rows, each an iterable of entries [index, value]',
  (row) => isObject(row) && Symbol.iterator in row && (!Array.isArray(row) || Array.from(row).every(isEntry)),
);

/**
 * A matrix from rows of (index, value) in any order. Values are rounded to float32, and those that become 0 are
 * dropped.
 *
 * @throws InputError if the number of columns is not a whole number, an index is not a whole number from 0 to columns -
 *   1 or occurs twice in a row, or a value is not finite in float32
 */
export function sparseFromRows(rows: readonly Iterable<SparseEntry>[], columns: number): SparseMatrix {
  checkArguments('sparseFromRows', { rows: ROWS }, { rows });
  checkSize(columns, 'columns', 'the matrix');
  const entries = new GrowingEntries(0);
  const indptr = new Uint32Array(rows.length + 1);
  for (const [row, pairs] of rows.entries()) {
    appendRow(entries, [...pairs], row, columns);
    indptr[row + 1] = entries.length;
  }
  return { rows: rows.length, columns, indptr, ...entries.finish() };
}

function appendRow(
  entries: GrowingEntries,
  pairs: readonly SparseEntry[],
  row: number,
  columns: number,
): void {
  entries.reserve(pairs.length);
  let previous = -1;
  for (const [index, exact] of pairs.toSorted(([a], [b]) => a - b)) {
    const value = Math.fround(exact);
    if (!(Number.isInteger(index) && index >= 0 && index < columns)) {
      throw new InputError(`row ${row}: index ${index}; expected a whole number from 0 to ${columns - 1}`);
    }
    if (index === previous) {
      throw new InputError(`row ${row}: index ${index} occurs twice; expected each index once`);
    }
    if (!Number.isFinite(value)) {
      throw new InputError(
        `row ${row}: index ${index} has the value ${exact}; expected one that is finite in float32`,
      );
    }
    previous = index;
    if (value === 0) continue;
    entries.indices[entries.length] = index;
    entries.values[entries.length++] = value;
  }
}

import { type ArgumentRule, checkArguments, isObject } from '../arguments.js';
import { counted } from '../counted.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { checkRows, checkShape, checkSparseMatrix } from './check-sparse-matrix.js';
import { rowOf } from './row.js';
import type { SparseMatrix } from './sparse-matrix.js';

const MATRICES: ArgumentRule = { expects: 'a list of matrices', accepts: Array.isArray };
const ROW_NUMBERS: ArgumentRule = {
  expects: 'a list of row numbers',
  accepts: (value) => isObject(value) && 'length' in value && Number.isSafeInteger(value.length),
};

/**
 * All rows of several matrices with the same number of columns, one matrix after another.
 *
 * @throws InputError without matrices, for different numbers of columns, or for an invalid matrix
 */
export function concatenateRows(matrices: readonly SparseMatrix[]): SparseMatrix {
  checkArguments('concatenateRows', { matrices: MATRICES }, { matrices });
  const [first] = matrices;
  for (const [position, matrix] of matrices.entries()) checkSparseMatrix(matrix, `matrix ${position}`);
  if (first === undefined) throw new InputError('no matrices to concatenate; expected at least one');
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  const entries = matrices.reduce((sum, matrix) => sum + matrix.indices.length, 0);
  const joined = emptyMatrix(rows, first.columns, entries);
  let row = 0;
  let entry = 0;
  for (const [position, matrix] of matrices.entries()) {
    if (matrix.columns !== first.columns) {
      throw new InputError(
        `matrix ${position} has ${counted(matrix.columns, 'column')}; expected ${first.columns}, like the first`,
      );
    }
    joined.indices.set(matrix.indices, entry);
    joined.values.set(matrix.values, entry);
    for (let i = 1; i <= matrix.rows; i++) joined.indptr[row + i] = entry + (matrix.indptr[i] as number);
    row += matrix.rows;
    entry += matrix.indices.length;
  }
  return joined;
}

/**
 * Rows `begin` to `end` - 1 (without `end`, all rows from `begin` on); indices and values are views into the matrix.
 *
 * @throws InputError unless 0 <= begin <= end <= rows, or if one of these rows is invalid
 */
export function sliceRows(matrix: SparseMatrix, begin: number, end?: number): SparseMatrix {
  checkShape(matrix);
  return slice(matrix, begin, end ?? matrix.rows);
}

function slice(matrix: SparseMatrix, begin: number, end: number): SparseMatrix {
  const whole = Number.isInteger(begin) && Number.isInteger(end);
  if (!(whole && begin >= 0 && begin <= end && end <= matrix.rows)) {
    throw new InputError(
      `rows ${describe(begin)} to ${describe(end)} of a matrix of ${counted(matrix.rows, 'row')}; expected 0 <= begin <= end <= rows`,
    );
  }
  checkRows(matrix, begin, end);
  const first = matrix.indptr[begin] as number;
  const last = matrix.indptr[end] as number;
  return {
    rows: end - begin,
    columns: matrix.columns,
    indptr: matrix.indptr.slice(begin, end + 1).map((entry) => entry - first),
    indices: matrix.indices.subarray(first, last),
    values: matrix.values.subarray(first, last),
  };
}

/**
 * The rows with these numbers, in this order. A number may occur several times.
 *
 * @throws InputError if the matrix has no such row, or the row is invalid
 */
export function selectRows(matrix: SparseMatrix, rows: ArrayLike<number>): SparseMatrix {
  checkArguments('selectRows', { rows: ROW_NUMBERS }, { rows });
  checkShape(matrix);
  const chosen = Array.from(rows, (row) => rowOf(matrix, row));
  const selected = emptyMatrix(
    chosen.length,
    matrix.columns,
    chosen.reduce((sum, { indices }) => sum + indices.length, 0),
  );
  let entry = 0;
  for (const [row, { indices, values }] of chosen.entries()) {
    selected.indices.set(indices, entry);
    selected.values.set(values, entry);
    entry += indices.length;
    selected.indptr[row + 1] = entry;
  }
  return selected;
}

/** A matrix with this many rows and entries, all of them 0. */
export function emptyMatrix(rows: number, columns: number, entries: number): SparseMatrix {
  return {
    rows,
    columns,
    indptr: new Uint32Array(rows + 1),
    indices: new Uint32Array(entries),
    values: new Float32Array(entries),
  };
}

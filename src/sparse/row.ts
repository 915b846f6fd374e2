import { counted } from '../counted.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { checkRows, checkShape } from './check-sparse-matrix.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** One embedding: ascending indices and their values. */
export interface SparseRow {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Row `row` of a matrix, as views into it.
 *
 * @throws InputError if the matrix has no such row, or the row is invalid
 */
export function rowOf(matrix: SparseMatrix, row: number): SparseRow {
  checkShape(matrix);
  const { rows } = matrix;
  if (!(Number.isInteger(row) && row >= 0 && row < rows)) {
    throw new InputError(
      `row ${describe(row)} is not in a matrix of ${counted(rows, 'row')}; expected 0 to ${rows - 1}`,
    );
  }
  checkRows(matrix, row, row + 1);
  return rowAt(matrix, row);
}

/** `rowOf` for a matrix that has been checked. */
export function rowAt({ indptr, indices, values }: SparseMatrix, row: number): SparseRow {
  const begin = indptr[row] as number;
  const end = indptr[row + 1] as number;
  return { indices: indices.subarray(begin, end), values: values.subarray(begin, end) };
}

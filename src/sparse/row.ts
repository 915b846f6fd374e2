import { InputError } from '../errors.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** One embedding: ascending indices, and as many values. */
export interface SparseRow {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** Row `row` of a matrix, as views into it. */
export function rowOf({ indptr, indices, values, rows }: SparseMatrix, row: number): SparseRow {
  if (!(Number.isInteger(row) && row >= 0 && row < rows)) {
    throw new InputError(`row ${row} is not in a matrix of ${rows} rows; expected 0 to ${rows - 1}`);
  }
  const begin = indptr[row] as number;
  const end = indptr[row + 1] as number;
  return { indices: indices.subarray(begin, end), values: values.subarray(begin, end) };
}

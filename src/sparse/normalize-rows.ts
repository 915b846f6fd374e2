import { checkSparseMatrix } from './check-sparse-matrix.js';
import { GrowingEntries } from './growing-entries.js';
import type { SparseMatrix } from './sparse-matrix.js';

/**
 * Divides each row by its Euclidean length; a row without entries stays empty. Entries that underflow float32 are
 * dropped.
 *
 * @throws InputError if the matrix is not a valid `SparseMatrix`
 */
export function normalizeRows(matrix: SparseMatrix): SparseMatrix {
  checkSparseMatrix(matrix);
  const { rows, columns, indptr, indices, values } = matrix;
  const entries = new GrowingEntries(values.length);
  const ends = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    const begin = indptr[row] as number;
    const end = indptr[row + 1] as number;
    let squares = 0;
    for (let entry = begin; entry < end; entry++) squares += (values[entry] as number) ** 2;
    const length = Math.sqrt(squares);
    for (let entry = begin; entry < end; entry++) {
      const value = Math.fround((values[entry] as number) / length);
      if (value === 0) continue;
      entries.indices[entries.length] = indices[entry] as number;
      entries.values[entries.length++] = value;
    }
    ends[row + 1] = entries.length;
  }
  return { rows, columns, indptr: ends, ...entries.finish() };
}

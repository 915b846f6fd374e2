import type { SparseMatrix } from './sparse-matrix.js';

/** Each row divided by its Euclidean length; a row without entries stays so. */
export function normalizeRows(matrix: SparseMatrix): SparseMatrix {
  const values = new Float32Array(matrix.values.length);
  for (let row = 0; row < matrix.rows; row++) {
    const begin = matrix.indptr[row] as number;
    const end = matrix.indptr[row + 1] as number;
    let squares = 0;
    for (let entry = begin; entry < end; entry++) squares += (matrix.values[entry] as number) ** 2;
    const length = Math.sqrt(squares);
    for (let entry = begin; entry < end; entry++) values[entry] = (matrix.values[entry] as number) / length;
  }
  return { ...matrix, values };
}

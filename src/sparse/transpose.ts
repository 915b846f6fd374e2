import { checkSparseMatrix } from './check-sparse-matrix.js';
import type { SparseMatrix } from './sparse-matrix.js';

/**
 * [rows, columns] -> [columns, rows]: for each dimension the texts that have it, by a counting sort.
 *
 * @throws InputError if the matrix is not a valid `SparseMatrix`
 */
export function transposeSparse(matrix: SparseMatrix): SparseMatrix {
  checkSparseMatrix(matrix);
  const { rows, columns, indptr, indices, values } = matrix;
  const transposed = {
    rows: columns,
    columns: rows,
    indptr: new Uint32Array(columns + 1),
    indices: new Uint32Array(indices.length),
    values: new Float32Array(indices.length),
  };
  for (const index of indices) (transposed.indptr[index + 1] as number)++;
  for (let column = 0; column < columns; column++) {
    transposed.indptr[column + 1] =
      (transposed.indptr[column + 1] as number) + (transposed.indptr[column] as number);
  }
  const next = transposed.indptr.slice(0, columns);
  for (let row = 0; row < rows; row++) {
    for (let position = indptr[row] as number; position < (indptr[row + 1] as number); position++) {
      const index = indices[position] as number;
      const place = next[index] as number;
      next[index] = place + 1;
      transposed.indices[place] = row;
      transposed.values[place] = values[position] as number;
    }
  }
  return transposed;
}

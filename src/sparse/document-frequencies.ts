import { checkSparseMatrix } from './check-sparse-matrix.js';
import type { SparseMatrix } from './sparse-matrix.js';

/**
 * In how many rows each dimension has an entry, as for `documentFrequencyWeights` and `idfWeights`.
 *
 * @throws InputError if the matrix is not a valid `SparseMatrix`
 */
export function documentFrequencies(matrix: SparseMatrix): Uint32Array {
  checkSparseMatrix(matrix);
  const counts = new Uint32Array(matrix.columns);
  for (const index of matrix.indices) counts[index] = (counts[index] as number) + 1;
  return counts;
}

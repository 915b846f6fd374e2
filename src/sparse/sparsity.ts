import { checkSparseMatrix } from './check-sparse-matrix.js';
import type { SparseMatrix } from './sparse-matrix.js';

export interface Sparsity {
  /** Mean number of entries per row. */
  readonly activeDims: number;
  /** 1 - activeDims / columns */
  readonly sparsityRatio: number;
}

/**
 * The sparsity of a matrix; without rows or columns {activeDims: 0, sparsityRatio: 1}, as in the reference.
 *
 * @throws InputError if the matrix is not a valid `SparseMatrix`
 */
export function sparsity(matrix: SparseMatrix): Sparsity {
  checkSparseMatrix(matrix);
  const { rows, columns, indices } = matrix;
  if (rows === 0 || columns === 0) return { activeDims: 0, sparsityRatio: 1 };
  const activeDims = indices.length / rows;
  return { activeDims, sparsityRatio: 1 - activeDims / columns };
}

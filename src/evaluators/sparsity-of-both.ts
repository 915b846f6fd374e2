import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { type Sparsity, sparsity } from '../sparse/sparsity.js';

/** The mean sparsity of two columns, each of which counts the same. */
export function sparsityOfBoth(first: SparseMatrix, second: SparseMatrix): Sparsity {
  const [a, b] = [sparsity(first), sparsity(second)];
  return {
    activeDims: (a.activeDims + b.activeDims) / 2,
    sparsityRatio: (a.sparsityRatio + b.sparsityRatio) / 2,
  };
}

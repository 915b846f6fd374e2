import { SparseIndex } from '../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';

/**
 * For each query the numbers of the k documents of the largest dot product, the best first; of equal ones the lower number
 * first.
 *
 * @throws InputError for matrices of other columns, or unless k is a whole number above 0
 */
export function rankDocuments(queries: SparseMatrix, documents: SparseMatrix, k: number): Uint32Array[] {
  const hits = SparseIndex.fromMatrix(documents).search(queries, k);
  return hits.map((each) => each.documents);
}

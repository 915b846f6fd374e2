import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { GrowingEntries } from './growing-entries.js';
import { rowAt } from './row.js';
import type { SparseMatrix } from './sparse-matrix.js';

/**
 * Keeps the values of each row that are more than a share of the row's largest value, by absolute value: w > ratio * max.
 * Short texts then keep fewer terms than long ones, while `keepMaxActiveDims` gives all the same limit. OpenSearch prunes
 * its sparse embeddings so (`prune_type: max_ratio`).
 *
 * @param ratio from 0, which keeps all, to below 1
 * @throws InputError if the ratio is out of this range, or the matrix is invalid
 * @example
 * keepRatio(sparseFromRows([[[0, 2], [3, 0.1]]], 5), 0.1); // keeps the 2 alone
 */
export function keepRatio(matrix: SparseMatrix, ratio: number): SparseMatrix {
  if (!(typeof ratio === 'number' && ratio >= 0 && ratio < 1)) {
    throw new InputError(`ratio is ${describe(ratio)}; expected a number from 0 to below 1`);
  }
  checkSparseMatrix(matrix);
  const entries = new GrowingEntries(matrix.indices.length);
  const indptr = new Uint32Array(matrix.rows + 1);
  for (let row = 0; row < matrix.rows; row++) {
    const { indices, values } = rowAt(matrix, row);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [position, value] of values.entries()) {
      if (Math.abs(value) <= ratio * largest) continue;
      entries.indices[entries.length] = indices[position] as number;
      entries.values[entries.length++] = value;
    }
    indptr[row + 1] = entries.length;
  }
  return { rows: matrix.rows, columns: matrix.columns, indptr, ...entries.finish() };
}

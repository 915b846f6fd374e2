import { counted } from '../counted.js';
import { InputError } from '../errors.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { GrowingEntries } from './growing-entries.js';
import { rowAt } from './row.js';
import type { SparseMatrix } from './sparse-matrix.js';

/**
 * The overlap of one text with others: the float32 product a * b_i of each dimension if it is above 0. a [1, columns],
 * b [n, columns] -> [n, columns]. As in the reference, two negative values count as overlap.
 *
 * @throws InputError if a matrix is invalid, `a` has more than one row, the numbers of columns differ, or a product is
 *   not finite in float32
 */
export function intersection(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  checkSparseMatrix(a, 'the first matrix');
  checkSparseMatrix(b, 'the second matrix');
  if (a.rows !== 1) {
    throw new InputError(
      `the first matrix has ${counted(a.rows, 'row')}; expected 1, to be intersected with each row of the second`,
    );
  }
  if (a.columns !== b.columns) {
    throw new InputError(`matrices of ${a.columns} and ${b.columns} columns; expected equal numbers`);
  }
  const weights = new Float32Array(a.columns);
  for (const [position, index] of a.indices.entries()) weights[index] = a.values[position] as number;
  const entries = new GrowingEntries(b.rows * a.indices.length);
  const indptr = new Uint32Array(b.rows + 1);
  for (let row = 0; row < b.rows; row++) {
    const { indices, values } = rowAt(b, row);
    for (const [position, index] of indices.entries()) {
      const product = Math.fround((weights[index] as number) * (values[position] as number));
      if (product === Infinity) {
        throw new InputError(
          `row ${row}, index ${index}: the product of ${weights[index]} and ${values[position]} is not finite in float32`,
        );
      }
      if (product <= 0) continue;
      entries.indices[entries.length] = index;
      entries.values[entries.length++] = product;
    }
    indptr[row + 1] = entries.length;
  }
  return { rows: b.rows, columns: b.columns, indptr, ...entries.finish() };
}

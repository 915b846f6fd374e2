import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { sparseFromDense } from './from-dense.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** Embeddings of one length, a row of numbers each. */
export type DenseRows = readonly ArrayLike<number>[];

/** Embeddings that can be compared: in compressed rows, or dense. */
export type Comparable = SparseMatrix | DenseRows;

/**
 * Two operands of a similarity as matrices in compressed rows; dense ones are rounded to float32. Dense operands without
 * rows are as wide as the other one.
 *
 * @throws InputError for matrices that are not as `SparseMatrix` says, for dense rows of different lengths, and for NaN and
 *   infinities, naming row and column
 */
export function comparedMatrices(a: Comparable, b: Comparable): [SparseMatrix, SparseMatrix] {
  checkComparable(a, 'the first matrix');
  checkComparable(b, 'the second matrix');
  const columns = [a, b].map((each) => (isMatrix(each) ? each.columns : each[0]?.length));
  return [matrixOf(a, columns[0] ?? columns[1] ?? 0), matrixOf(b, columns[1] ?? columns[0] ?? 0)];
}

const isMatrix = (embeddings: Comparable): embeddings is SparseMatrix => !Array.isArray(embeddings);

function checkComparable(embeddings: Comparable, name: string): void {
  if (typeof embeddings !== 'object' || embeddings === null) {
    throw new InputError(
      `embeddings are ${describe(embeddings)}; expected a matrix of compressed rows, or rows of numbers`,
    );
  }
  if (isMatrix(embeddings)) checkSparseMatrix(embeddings, name);
}

function matrixOf(embeddings: Comparable, columns: number): SparseMatrix {
  if (isMatrix(embeddings)) return embeddings;
  const data = new Float32Array(embeddings.length * columns);
  for (const [row, numbers] of embeddings.entries()) {
    if (typeof numbers !== 'object' || numbers?.length !== columns) {
      throw new InputError(
        `row ${row} is ${describe(numbers)}; expected ${columns} numbers, or a matrix of compressed rows instead of rows`,
      );
    }
    data.set(numbers, row * columns);
  }
  return sparseFromDense(data, embeddings.length, columns);
}

import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { sparseFromDense } from './from-dense.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** Embeddings of the same length, each an array of numbers. */
export type DenseRows = readonly ArrayLike<number>[];

/** Embeddings that can be compared: sparse or dense. */
export type Comparable = SparseMatrix | DenseRows;

/**
 * Two operands of a similarity as sparse matrices. Dense ones are rounded to float32. A dense operand without rows gets
 * the number of columns of the other one.
 *
 * @throws InputError for invalid matrices, for dense rows of different lengths, and for NaN and infinities; it names
 *   row and column
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

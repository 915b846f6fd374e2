import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { isTensor } from '../is-tensor.js';
import { tf } from '../tf.js';
import { sparseFromDense } from './from-dense.js';
import type { SparseMatrix } from './sparse-matrix.js';
import { sparseToDense } from './to-dense.js';

/**
 * A dense tensor [rows, columns], which is the caller's to dispose.
 *
 * @throws InputError if the matrix is not a valid `SparseMatrix`
 */
export function sparseToTensor(matrix: SparseMatrix): tf.Tensor2D {
  return tf.tensor2d(sparseToDense(matrix), [matrix.rows, matrix.columns], 'float32');
}

/**
 * The entries of a dense tensor [rows, columns] except 0. The tensor stays the caller's.
 *
 * @throws InputError for another shape, and for NaN and infinities; it names row and column
 */
export async function sparseFromTensor(tensor: tf.Tensor2D): Promise<SparseMatrix> {
  if (!isTensor(tensor) || tensor.rank !== 2) {
    const given = isTensor(tensor)
      ? `of shape [${(tensor as tf.Tensor).shape.join(', ')}]`
      : describe(tensor);
    throw new InputError(`the tensor is ${given}; expected a tensor of shape [rows, columns]`);
  }
  const [rows, columns] = tensor.shape;
  const data = await tensor.data<'float32'>();
  return sparseFromDense(Float32Array.from(data), rows, columns);
}

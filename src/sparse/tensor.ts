import * as tf from '@tensorflow/tfjs';
import { sparseFromDense } from './from-dense.js';
import type { SparseMatrix } from './sparse-matrix.js';
import { sparseToDense } from './to-dense.js';

/** A dense tensor [rows, columns], which is the caller's to dispose. */
export function sparseToTensor(matrix: SparseMatrix): tf.Tensor2D {
  return tf.tensor2d(sparseToDense(matrix), [matrix.rows, matrix.columns], 'float32');
}

/**
 * The entries of a dense tensor [rows, columns] that are not 0; the tensor stays the caller's.
 *
 * @throws InputError for NaN and infinities, naming row and column
 */
export async function sparseFromTensor(tensor: tf.Tensor2D): Promise<SparseMatrix> {
  const [rows, columns] = tensor.shape;
  const data = await tensor.data<'float32'>();
  return sparseFromDense(Float32Array.from(data), rows, columns);
}

import * as tf from '@tensorflow/tfjs';

/** Also for tensors of another copy of tfjs: its `instanceof` looks at the fields. */
export function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}

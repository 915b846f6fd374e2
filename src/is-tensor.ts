import * as tf from '@tensorflow/tfjs';

/** Also for tensors of another copy of tfjs: its `instanceof` looks at the fields. */
export function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}

/** The numbers as float32; the tensor itself where they are that already. */
export function asFloat<T extends tf.Tensor>(x: T): T {
  return x.dtype === 'float32' ? x : x.toFloat();
}

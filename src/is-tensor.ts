import type * as tf from '@tensorflow/tfjs';

const FIELDS = ['data', 'dataSync', 'throwIfDisposed'] as const;

/**
 * Checks the fields, as tfjs's own `instanceof` does. It also accepts tensors of another copy of tfjs, and does not
 * load tfjs.
 */
export function isTensor(value: unknown): value is tf.Tensor {
  if (typeof value !== 'object' || value === null) return false;
  return FIELDS.every((field) => field in value && typeof Reflect.get(value, field) === 'function');
}

/** The numbers as float32; the tensor itself if it is float32 already. */
export function asFloat<T extends tf.Tensor>(x: T): T {
  return x.dtype === 'float32' ? x : x.toFloat();
}

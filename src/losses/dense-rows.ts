import type * as tf from '@tensorflow/tfjs';
import { hostScalar } from '../ops/host-scalar.js';
import { withGradient } from '../ops/with-gradient.js';

/** Multiplies rows with at most `threshold` non-zero entries by 0, [n, d] -> [n, d]. */
export function keepDenseRows(threshold: () => number): (x: tf.Tensor) => tf.Tensor {
  return withGradient(
    (x: tf.Tensor) => {
      const active = x.notEqual(0).sum(1, true);
      const kept = active.greater(hostScalar(threshold)).cast('float32');
      return { value: x.mul(kept), saved: { kept } };
    },
    (dy, { kept }) => dy.mul(kept),
  );
}

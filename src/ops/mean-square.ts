import type * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient.js';

const square = withGradient(
  (x: tf.Tensor) => ({ value: x.square().mean(), saved: { x } }),
  // Divided before it is doubled: twice a large number may be too large.
  (dy, { x }) => x.mul(dy.mul(2 / x.size)),
);

/** The mean of the squares of all entries; its gradient is finite wherever 2 x / n is. */
export function meanSquare(x: tf.Tensor): tf.Scalar {
  return square(x) as tf.Scalar;
}

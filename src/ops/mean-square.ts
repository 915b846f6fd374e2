import type * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient.js';

const square = withGradient(
  (x: tf.Tensor) => ({ value: x.square().mean(), saved: { x } }),
  // Divided before doubling: twice a large number may overflow.
  (dy, { x }) => x.mul(dy.mul(2 / x.size)),
);

/** The mean of the squares of all entries. Its gradient is finite if 2 x / n is. */
export function meanSquare(x: tf.Tensor): tf.Scalar {
  return square(x) as tf.Scalar;
}

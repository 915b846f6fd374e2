import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

const kinked = withGradient(
  (x: tf.Tensor) => ({ value: tf.relu(x), saved: { x } }),
  (dy, { x }) => tf.where(x.lessEqual(0), tf.zerosLike(dy), dy),
);

/** max(0, x) with derivative 0 at 0. After an overflow to NaN the gradient passes through, as in PyTorch. */
export function relu<T extends tf.Tensor>(x: T): T {
  return kinked(x) as T;
}

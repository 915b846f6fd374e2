import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

const passNothingBack = withGradient(
  (x: tf.Tensor) => ({ value: x.clone(), saved: {} }),
  (dy) => tf.zerosLike(dy),
);

/** The same values, through which no gradient flows. */
export function detach<T extends tf.Tensor>(x: T): T {
  return passNothingBack(x) as T;
}

import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

const signedAbs = withGradient(
  (x: tf.Tensor) => ({ value: tf.abs(x), saved: { x } }),
  (dy, { x }) => dy.mul(tf.sign(x)),
);

/** |x| with derivative sign(x), so 0 at 0, as in PyTorch. (The derivative of tfjs is -1 there.) */
export function abs<T extends tf.Tensor>(x: T): T {
  return signedAbs(x) as T;
}

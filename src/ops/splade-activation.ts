import { tf } from '../tf.js';
import { relu } from './relu.js';

/** `relu`: log(1 + relu(x)); `log1p_relu`: log(1 + log(1 + relu(x))). */
export type ActivationFunction = 'relu' | 'log1p_relu';

export const ACTIVATION_FUNCTIONS: readonly ActivationFunction[] = ['relu', 'log1p_relu'];

/**
 * The weight of a term as a function of its logit; the derivative at 0 is 0. It is monotonic, so maxima may be taken
 * first.
 */
export function activate<T extends tf.Tensor>(x: T, name: ActivationFunction): T {
  const once = tf.log1p<T>(relu(x));
  return name === 'relu' ? once : tf.log1p<T>(once);
}

/** dy times the derivative of `activate` at x; both broadcast. */
export function throughActivation(dy: tf.Tensor, x: tf.Tensor, name: ActivationFunction): tf.Tensor {
  const outer = name === 'relu' ? dy : dy.div(tf.log1p(tf.relu(x)).add(1));
  return tf.where(x.lessEqual(0), tf.scalar(0), outer.div(x.add(1)));
}

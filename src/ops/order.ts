import { tf } from '../tf.js';
import { hasKernel } from './logits.js';

/** A kernel of x and `other` that gives x, for engines that decide themselves when they compute what. */
export const AFTER = 'After';

/** x, computed once `other` is. Engines that compute at once have done so already. */
export function after<T extends tf.Tensor>(x: T, other: tf.Tensor): T {
  return hasKernel(AFTER) ? tf.engine().runKernel<T>(AFTER, { x, other }) : x;
}

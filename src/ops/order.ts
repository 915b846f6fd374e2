import { tf } from '../tf.js';
import { hasKernel } from './logits.js';

/** A kernel of x and `other` that returns x, for engines that choose the order of their computations. */
export const AFTER = 'After';

/** x, computed only after `other`. Engines that compute at once have already done so. */
export function after<T extends tf.Tensor>(x: T, other: tf.Tensor): T {
  return hasKernel(AFTER) ? tf.engine().runKernel<T>(AFTER, { x, other }) : x;
}

import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient.js';

const stable = withGradient(
  (x: tf.Tensor) => {
    const max = x.max(1, true);
    // An infinite maximum would make inf - inf; exp and log then deal with it by themselves.
    const shift = tf.where(max.abs().equal(Infinity), tf.zerosLike(max), max);
    const total = x.sub(shift).exp().sum(1, true).log().add(shift);
    return { value: total.squeeze([1]), saved: { x, total } };
  },
  (dy, { x, total }) => x.sub(total).exp().mul(dy.expandDims(1)),
);

/** log(sum_j exp(x_ij)), [n, m] -> [n], for scores of any magnitude; entries of -infinity take no part. */
export function logSumExp(x: tf.Tensor2D): tf.Tensor1D {
  return stable(x) as tf.Tensor1D;
}

import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient.js';

const stable = withGradient(
  (x: tf.Tensor) => {
    const max = x.max(1, true);
    // An infinite maximum would make inf - inf; exp and log then deal with it by themselves.
    const shift = tf.where(max.abs().equal(Infinity), tf.zerosLike(max), max);
    const terms = x.sub(shift).exp();
    const sum = terms.sum(1, true);
    return { value: sum.log().add(shift).squeeze([1]), saved: { terms, sum } };
  },
  // Not exp(x - result): the result of large scores is rounded to less than the digits that the softmax needs.
  (dy, { terms, sum }) => terms.mul(dy.expandDims(1).div(sum)),
);

/** log(sum_j exp(x_ij)), [n, m] -> [n], for scores of any magnitude; entries of -infinity take no part. */
export function logSumExp(x: tf.Tensor2D): tf.Tensor1D {
  return stable(x) as tf.Tensor1D;
}

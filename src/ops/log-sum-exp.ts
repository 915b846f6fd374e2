import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

const stable = withGradient(
  (x: tf.Tensor) => {
    const max = x.max(1, true);
    // An infinite maximum would give inf - inf; without the shift, exp and log handle it.
    const shift = tf.where(max.abs().equal(Infinity), tf.zerosLike(max), max);
    const terms = x.sub(shift).exp();
    const sum = terms.sum(1, true);
    const total = sum.log().add(shift);
    return { value: total.squeeze([1]), saved: { x, terms, sum, total } };
  },
  (dy, { x, terms, sum, total }) => {
    // The total of large scores has fewer digits than the softmax needs, so it divides by the sum unless that
    // overflowed.
    const softmax = tf.where(sum.less(Infinity), terms.div(sum), x.sub(total).exp());
    return softmax.mul(dy.expandDims(1));
  },
);

/** log(sum_j exp(x_ij)), [n, m] -> [n], for scores of any magnitude. Entries of -Infinity are ignored. */
export function logSumExp(x: tf.Tensor2D): tf.Tensor1D {
  return stable(x) as tf.Tensor1D;
}

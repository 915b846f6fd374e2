import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient.js';

/**
 * KL(p || q) of each row, p = softmax(target), q = softmax(logits): [n, m] x [n, m] -> [n]; no gradient into the target.
 *
 *     sum p (log p - log q) = sum p g(log p - log q),   g(d) = d + exp(-d) - 1 >= 0
 *
 * The two sums are equal because p and q both add up to 1, but in the second one no terms of opposite sign cancel: near
 * p = q, where training ends, the first loses nearly all digits of float32. Where p is 0 a term is q.
 */
export function klDivergence(logits: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor1D {
  const logP = tf.logSoftmax(target, 1);
  const p = tf.softmax(target, 1);
  const divergence = withGradient(
    (x: tf.Tensor) => {
      const logQ = tf.logSoftmax(x, 1);
      const q = logQ.exp();
      const d = logP.sub(logQ);
      const near = d.add(d.neg().expm1()).mul(p);
      // Far from p = q nothing cancels, and exp(-d) may overflow.
      const far = p.mul(d).sub(p).add(q);
      const terms = tf.where(p.equal(0), q, tf.where(d.abs().less(1), near, far));
      return { value: terms.sum(1), saved: { gap: q.sub(p) } };
    },
    (dy, { gap }) => gap.mul(dy.expandDims(1)),
  );
  return divergence(logits) as tf.Tensor1D;
}

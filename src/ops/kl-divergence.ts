import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

/** Scores relative to their maximum. Large scores that are close together keep the digits of their differences. */
function fromMaximum(scores: tf.Tensor): tf.Tensor {
  return scores.sub(scores.max(1, true));
}

/**
 * KL(p || q) of each row, p = softmax(target), q = softmax(logits): [n, m] x [n, m] -> [n].
 *
 *     sum p (log p - log q),   derivative with respect to the logits: q - p
 *
 * Near p = q, where distillation ends, both are differences of nearly equal numbers. Rows with r = target - logits
 * within a range of 1 are therefore computed from r itself: with d = log p - log q,
 *
 *     d = r - log sum q exp(r),   sum p d = sum p (d + exp(-d) - 1),   q - p = p (exp(-d) - 1)
 *
 * which holds because p and q sum to 1, and where only numbers of the size of d cancel. No gradient flows into the
 * target.
 */
export function klDivergence(logits: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor1D {
  const p = tf.softmax(target, 1);
  const logP = tf.logSoftmax(target, 1);
  const divergence = withGradient(
    (x: tf.Tensor) => {
      const logQ = tf.logSoftmax(x, 1);
      const q = logQ.exp();
      const r = fromMaximum(target).sub(fromMaximum(x));
      const shifted = fromMaximum(r);
      const isNear = shifted.min(1, true).greater(-1);
      const d = shifted.sub(q.mul(shifted.expm1()).sum(1, true).log1p());
      const near = { terms: p.mul(d.add(d.neg().expm1())), slope: p.mul(d.neg().expm1()) };
      const far = { terms: tf.where(p.equal(0), tf.zerosLike(p), p.mul(logP.sub(logQ))), slope: q.sub(p) };
      const value = tf.where(isNear, near.terms, far.terms).sum(1);
      return { value, saved: { slope: tf.where(isNear, near.slope, far.slope) } };
    },
    (dy, { slope }) => slope.mul(dy.expandDims(1)),
  );
  return divergence(logits) as tf.Tensor1D;
}

import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

/** [n, d] -> [n, 1] */
function euclideanNorms(x: tf.Tensor): tf.Tensor {
  return x.square().sum(1, true).sqrt();
}

/** dy / n where n > 0, otherwise 0: the subgradient of a norm at zero is 0. */
function perNorm(dy: tf.Tensor, norms: tf.Tensor): tf.Tensor {
  const zero = norms.equal(0);
  return tf.where(zero, tf.zerosLike(norms), dy.div(tf.where(zero, tf.onesLike(norms), norms)));
}

const norm = withGradient(
  (x: tf.Tensor) => {
    const norms = euclideanNorms(x);
    return { value: norms.squeeze([1]), saved: { x, norms } };
  },
  (dy, { x, norms }) => x.mul(perNorm(dy.expandDims(1), norms)),
);

/** Euclidean norm of each row, [n, d] -> [n]; the gradient at a zero row is 0. */
export function rowNorms(x: tf.Tensor2D): tf.Tensor1D {
  return norm(x) as tf.Tensor1D;
}

/** x / max(|x|, floor) row by row; `floorIsSeen` says whether the gradient takes the floor into account. */
function normalization(floor: number, floorIsSeen: boolean): (x: tf.Tensor) => tf.Tensor {
  return withGradient(
    (x: tf.Tensor) => {
      const norms = euclideanNorms(x);
      const divisor = norms.maximum(floor);
      const value = x.div(divisor);
      return { value, saved: { x, norms, divisor, value } };
    },
    (dy, { x, norms, divisor, value }) => {
      const throughNorm = dy.mul(value).sum(1, true).div(divisor);
      const seen = floorIsSeen ? tf.where(norms.less(floor), tf.zerosLike(norms), throughNorm) : throughNorm;
      return dy.div(divisor).sub(x.mul(perNorm(seen, norms)));
    },
  );
}

const normalize = normalization(1e-12, true);

/**
 * x / max(|x|, 1e-12) row by row, [n, d] -> [n, d], as PyTorch's `normalize`.
 *
 * A zero row stays zero, and its gradient is dy / 1e-12: large, as in PyTorch.
 */
export function normalizeRows(x: tf.Tensor2D): tf.Tensor2D {
  return normalize(x) as tf.Tensor2D;
}

const normalizeClamped = normalization(1e-8, false);

/**
 * x / max(|x|, 1e-8) row by row, [n, d] -> [n, d]. Differentiation ignores the floor: the gradient always includes the
 * term through the norm, in the direction x / |x| of the true norm (0 at 0). This is how PyTorch's `cosine_similarity`
 * differs from its `normalize`.
 */
export function normalizeRowsClamped(x: tf.Tensor2D): tf.Tensor2D {
  return normalizeClamped(x) as tf.Tensor2D;
}

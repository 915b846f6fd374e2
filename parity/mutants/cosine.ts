import { withGradient } from '../../src/ops/with-gradient.js';
import { tf } from '../../src/tf.js';

/** x / max(|x|, floor) row by row, with a floor that the gradient takes into account or ignores. */
export function normalized(x: tf.Tensor2D, floor: number, sight: 'seen' | 'hidden'): tf.Tensor2D {
  const normalize = withGradient(
    (input: tf.Tensor) => {
      const norms = input.square().sum(1, true).sqrt();
      const divisor = norms.maximum(floor);
      const value = input.div(divisor);
      return { value, saved: { input, norms, divisor, value } };
    },
    (dy, { input, norms, divisor, value }) => {
      const zero = tf.zerosLike(norms);
      const throughNorm = dy.mul(value).sum(1, true).div(divisor);
      const seen = sight === 'seen' ? tf.where(norms.less(floor), zero, throughNorm) : throughNorm;
      const direction = tf.where(norms.equal(0), zero, seen.div(norms.maximum(1e-37)));
      return dy.div(divisor).sub(input.mul(direction));
    },
  );
  return normalize(x) as tf.Tensor2D;
}

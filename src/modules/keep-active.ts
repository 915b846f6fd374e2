import { withGradient } from '../ops/with-gradient.js';
import { tf } from '../tf.js';

/**
 * Positions of the k largest of each row, largest first; of equal ones the first comes first. [rows, width] -> int32
 * [rows, k].
 */
export function largest(x: tf.Tensor2D, k: number): tf.Tensor2D {
  return tf.topk(x, k).indices;
}

/** true at these positions of each row, int32 [rows, k] -> bool [rows, width] */
function chosen(positions: tf.Tensor2D, width: number): tf.Tensor {
  const [rows, k] = positions.shape;
  const row = tf.range(0, rows, 1, 'int32').expandDims(1).tile([1, k]);
  const places = tf.stack([row, positions], 2).toInt();
  return tf.scatterND(places, tf.ones([rows, k]), [rows, width]).greater(0);
}

/**
 * max(0, x) at the given positions of each row and 0 elsewhere. The gradient goes to the positive ones among them, as
 * through PyTorch's topk, scatter and relu. As there, a NaN among them stays and passes its gradient on.
 */
export function keepActive(x: tf.Tensor2D, positions: tf.Tensor2D): tf.Tensor2D {
  const keep = withGradient(
    (latents: tf.Tensor) => {
      const active = chosen(positions, x.shape[1]).logicalAnd(latents.lessEqual(0).logicalNot());
      return { value: tf.where(active, latents, tf.zerosLike(latents)), saved: { active } };
    },
    (dy, { active }) => tf.where(active, dy, tf.zerosLike(dy)),
  );
  return keep(x) as tf.Tensor2D;
}

/** x where the mask is 1, 0 elsewhere. The mask is a constant to the gradient, even if it was computed from x. */
export function masked(x: tf.Tensor2D, mask: tf.Tensor): tf.Tensor2D {
  const product = withGradient(
    (latents: tf.Tensor) => ({ value: latents.mul(mask), saved: { mask } }),
    (dy, { mask: kept }) => dy.mul(kept),
  );
  return product(x) as tf.Tensor2D;
}

import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

/** What gathers x [n, d] at indices [n, k], with the gradient added back there. */
function gatherColumns(indices: tf.Tensor2D): (x: tf.Tensor) => tf.Tensor {
  const [rows, k] = indices.shape;
  return withGradient(
    (x: tf.Tensor) => {
      const row = tf.range(0, rows, 1, 'int32').expandDims(1).tile([1, k]);
      const places = tf.stack([row, indices], 2);
      return { value: tf.gatherND(x, places.toInt()), saved: { x, places } };
    },
    (dy, { x, places }) => tf.scatterND(places.toInt(), dy, x.shape),
  );
}

/**
 * The k largest of each row, largest first, [n, d] -> two of [n, k]. The gradient goes to the chosen elements, as in
 * PyTorch (tfjs has none); of equal ones the first are chosen.
 */
export function topK(x: tf.Tensor2D, k: number): { values: tf.Tensor2D; indices: tf.Tensor2D } {
  return tf.tidy(() => {
    const { indices } = tf.topk(x, k);
    return {
      values: gatherColumns(indices)(x) as tf.Tensor2D,
      indices: indices,
    };
  });
}

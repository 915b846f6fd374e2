import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

/** The position of the first NaN along the axis, or of the first maximum if there is no NaN. */
function firstMaximum(x: tf.Tensor, axis: number): tf.Tensor {
  const nan = tf.isNaN(x).toInt();
  return tf.where(nan.max(axis).greater(0), tf.argMax(nan, axis), tf.argMax(x, axis));
}

const maxima = (axis: number): ((x: tf.Tensor) => tf.Tensor) =>
  withGradient(
    (x: tf.Tensor) => ({ value: x.max(axis), saved: { x, position: firstMaximum(x, axis) } }),
    (dy, { x, position }) => {
      const positions = tf
        .range(0, x.shape[axis] as number, 1, 'int32')
        .reshape(x.shape.map((size, at) => (at === axis ? size : 1)));
      const chosen = position.expandDims(axis).equal(positions);
      return tf.where(chosen, dy.expandDims(axis), tf.zeros(x.shape));
    },
  );

/**
 * Maxima along an axis. The gradient goes to the first of equal maxima, or to the first NaN if there is one, as in
 * PyTorch's `max(dim)`. (The gradient of tfjs goes to all of them.)
 *
 * @param axis counted from the front
 */
export function max(x: tf.Tensor, axis: number): tf.Tensor {
  return maxima(axis)(x);
}

import { withGradient } from '../ops/with-gradient.js';
import { tf } from '../tf.js';

/**
 * One token of each text, [batch, length, width] and positions [batch] -> [batch, width]. The gradient goes to that
 * token; the values of the others, including NaN, are ignored.
 */
export function tokenAt(tokens: tf.Tensor3D, position: tf.Tensor1D): tf.Tensor2D {
  const [rows, length, width] = tokens.shape;
  const pick = withGradient(
    (x: tf.Tensor) => {
      const place = tf.range(0, rows, 1, 'int32').mul(tf.scalar(length, 'int32')).add(position);
      return { value: tf.gather(x.reshape([rows * length, width]), place.toInt()), saved: { position } };
    },
    (dy, { position: at }) => {
      const here = at
        .expandDims(1)
        .equal(tf.range(0, length, 1, 'int32').expandDims(0))
        .expandDims(2);
      return tf.where(here, dy.expandDims(1), tf.zeros([rows, length, width]));
    },
  );
  return pick(tokens) as tf.Tensor2D;
}

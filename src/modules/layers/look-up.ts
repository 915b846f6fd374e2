import { withGradient } from '../../ops/with-gradient.js';
import { tf } from '../../tf.js';

/**
 * The rows of a table [n, width] at ids of any shape, as [ids, width]. As in PyTorch's Embedding, the row of `padding`
 * gets no gradient.
 */
export function lookUp(table: tf.Tensor, ids: tf.Tensor, padding?: number): tf.Tensor2D {
  const flat = ids.reshape([-1]).toInt() as tf.Tensor1D;
  const rows = withGradient(
    (weights) => ({ value: tf.gather(weights, flat), saved: { weights, flat } }),
    (dy, { weights, flat: places }) => {
      const counted =
        padding === undefined ? dy : tf.where(places.equal(padding).expandDims(1), tf.zerosLike(dy), dy);
      // unsortedSegmentSum of tfjs passes over all of dy for each row of the table.
      return tf.scatterND(places.expandDims(1).toInt(), counted, weights.shape);
    },
  );
  return rows(table) as tf.Tensor2D;
}

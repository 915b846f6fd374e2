import { tf } from '../../tf.js';
import { withGradient } from '../../ops/with-gradient.js';

/**
 * The rows of a table [n, width] at ids of any shape, as [ids, width]. As in PyTorch's Embedding, the row of `padding`
 * gets no gradient from here.
 */
export function lookUp(table: tf.Tensor, ids: tf.Tensor, padding?: number): tf.Tensor2D {
  const flat = ids.reshape([-1]).toInt() as tf.Tensor1D;
  const rows = withGradient(
    (weights) => ({ value: tf.gather(weights, flat), saved: { weights, flat } }),
    (dy, { weights, flat: places }) => {
      // A segment below 0 is ignored.
      const segments: tf.Tensor =
        padding === undefined
          ? places
          : tf.where(places.equal(padding), tf.fill(places.shape, -1, 'int32'), places);
      return tf.unsortedSegmentSum(dy, segments.as1D().toInt(), weights.shape[0]);
    },
  );
  return rows(table) as tf.Tensor2D;
}

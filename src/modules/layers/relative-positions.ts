import { tf } from '../../tf.js';
import { relativePlaces } from './attention.js';
import { lookUp } from './look-up.js';

export const BUCKETS = 32;
const FARTHEST = 128;
const ONE_SIDE = BUCKETS / 2;
const EXACT = ONE_SIDE / 2;

/**
 * The bucket of a distance. Distances up to 8 have their own, then come intervals that grow by sqrt(2), and from 91 on
 * all share one.
 */
function bucketOf(distance: number): number {
  if (distance < EXACT) return distance;
  // log2 is exact for powers of two, where the intervals begin.
  const intervals = Math.log2(distance / EXACT) / Math.log2(FARTHEST / EXACT);
  return Math.min(ONE_SIDE - 1, EXACT + Math.floor(intervals * (ONE_SIDE - EXACT)));
}

/** Buckets of the relative positions -128, ..., 128. Keys after the query use the upper half of the buckets. */
const BUCKET_OF_PLACE = Int32Array.from({ length: 2 * FARTHEST + 1 }, (_, at) => {
  const place = at - FARTHEST;
  return bucketOf(Math.abs(place)) + (place > 0 ? ONE_SIDE : 0);
});

/**
 * The scores for relative positions: a table [buckets, heads] -> [1, heads, length, length]. Bidirectional buckets of
 * T5, https://arxiv.org/abs/1910.10683
 */
export function relativeBias(table: tf.Tensor, length: number): tf.Tensor4D {
  const places = relativePlaces(length).clipByValue(-FARTHEST, FARTHEST).add(tf.scalar(FARTHEST, 'int32'));
  const buckets = tf.gather(tf.tensor1d(BUCKET_OF_PLACE, 'int32'), places.reshape([-1]).toInt());
  const heads = table.shape[1] as number;
  return lookUp(table, buckets).reshape([length, length, heads]).transpose([2, 0, 1]).expandDims(0);
}

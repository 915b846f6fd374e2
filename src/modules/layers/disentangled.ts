import { tf } from '../../tf.js';

/**
 * Determines the row of the table of relative positions, [2 span, width], for the distance of the query's position from
 * the key's. With buckets, distances up to half the number of buckets have separate rows. Longer ones share rows, on a
 * logarithmic scale up to `farthest`.
 */
export interface RelativeRows {
  readonly span: number;
  readonly buckets?: { readonly count: number; readonly farthest: number } | undefined;
  /** The most tokens of a text. */
  readonly length: number;
}

/** Rows of the table of relative positions for the distances -length, ..., length. */
export function relativeRows({ span, buckets, length }: RelativeRows): Int32Array {
  return Int32Array.from({ length: 2 * length + 1 }, (_, at) => {
    const distance = at - length;
    const size = Math.abs(distance);
    const bucket =
      Math.sign(distance) * (buckets === undefined ? size : bucketOf(size, buckets.count, buckets.farthest));
    return Math.min(2 * span - 1, Math.max(0, bucket + span));
  });
}

/** Computed step by step in float32 as in the reference: the logarithm decides where a bucket ends. */
function bucketOf(size: number, buckets: number, farthest: number): number {
  const middle = Math.floor(buckets / 2);
  if (size <= middle) return size;
  const log = (ratio: number): number => Math.fround(Math.log(Math.fround(ratio)));
  const part = Math.fround(log(size / middle) / log((farthest - 1) / middle));
  return Math.ceil(Math.fround(part * (middle - 1))) + middle;
}

/**
 * The rows for the products in `aligned`, in the order of their columns: [2 length], int32.
 *
 * @param rows the result of `relativeRows`
 * @param of whose relative position to the other it is: the query's (with the query first) or the key's
 */
export function rowsInOrder(rows: Int32Array, length: number, of: 'query' | 'key'): tf.Tensor1D {
  const most = (rows.length - 1) / 2;
  const distances =
    of === 'query' ? tf.range(length, -length, -1, 'int32') : tf.range(-length, length, 1, 'int32');
  return tf.gather(tf.tensor1d(rows, 'int32'), distances.add(tf.scalar(most, 'int32')).toInt());
}

/**
 * Turns products of each position i with relative positions -length, ..., length - 1 into products with the relative
 * position of each j: [n, length, 2 length] -> [n, length, length]. Reading the numbers in rows that are one shorter
 * moves the column of j - i to j.
 */
export function aligned(products: tf.Tensor3D): tf.Tensor3D {
  const [n, length, columns] = products.shape;
  const shifted: tf.Tensor3D = products
    .reshape([n, columns, length])
    .slice([0, 1, 0], [n, columns - 1, length])
    .reshape([n, length, columns - 1]);
  return shifted.slice([0, 0, 0], [n, length, length]);
}

/**
 * x_i . p_(j - i) for every head: x [texts, heads, length, width] and p [2 length, heads width], in the order of
 * `rowsInOrder` -> [texts, heads, length, length]
 */
export function relativeProducts(x: tf.Tensor4D, positions: tf.Tensor2D): tf.Tensor4D {
  const [texts, heads, length, width] = x.shape;
  const columns = 2 * length;
  const byHead = positions.reshape([columns, heads, width]).transpose([1, 0, 2]);
  const rows = x.transpose([1, 0, 2, 3]).reshape([heads, texts * length, width]);
  const products: tf.Tensor3D = tf
    .matMul(rows, byHead, false, true)
    .reshape([heads * texts, length, columns]);
  return aligned(products).reshape([heads, texts, length, length]).transpose([1, 0, 2, 3]);
}

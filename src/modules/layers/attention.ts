import { tf } from '../../tf.js';
import type { TokenRows } from './token-rows.js';

/** Added to the scores of masked positions, so that exp gives 0. */
const MASKED = -1e9;

/** [rows, heads width] -> [texts, heads, length, width] */
export function splitHeads(x: tf.Tensor2D, rows: TokenRows, heads: number): tf.Tensor4D {
  const columns = x.shape[1];
  return rows
    .unpack(x)
    .reshape([rows.texts, rows.length, heads, columns / heads])
    .transpose([0, 2, 1, 3]);
}

export interface AttentionOptions {
  readonly rows: TokenRows;
  /** Added to the scores for masks and relative positions. Broadcasts to [texts, heads, length, length]. */
  readonly bias: tf.Tensor;
  /** The factor for queries. Default: 1 / sqrt(width). */
  readonly scale?: number;
  /** Dropout for the probabilities. */
  readonly drop: <T extends tf.Tensor>(probabilities: T) => T;
}

/**
 * softmax(Q K^T scale + bias) V of every head; queries, keys and values [texts, heads, length, width] ->
 * [rows, heads width]
 */
export function attention(
  [queries, keys, values]: readonly [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D],
  { rows, bias, scale, drop }: AttentionOptions,
): tf.Tensor2D {
  const [texts, heads, length, width] = queries.shape;
  // ONNX Runtime makes the factor part of the products, also of those of the gradient.
  const scores = tf
    .matMul(queries, keys, false, true)
    .mul(scale ?? 1 / Math.sqrt(width))
    .add(bias);
  const mixed = tf.matMul(drop(tf.softmax(scores)), values);
  return rows.pack(mixed.transpose([0, 2, 1, 3]).reshape([texts * length, heads * width]));
}

/** 0 for tokens, very negative for padding: mask [texts, length] of ones and zeros -> [texts, 1, 1, length]. */
export function paddingBias(mask: tf.Tensor): tf.Tensor4D {
  return biasAgainstPadding(mask, MASKED);
}

/**
 * The same for padding that has the keys of a token of its text. With exp(-50) = 2e-22 of that token's probability it does
 * not change a float32 sum, and a much smaller number is slow: ONNX Runtime's softmax gives 4e-39 instead of 0. Processors
 * take several times as long for such a softmax and for the products with its results.
 */
export function copiedPaddingBias(mask: tf.Tensor): tf.Tensor4D {
  return biasAgainstPadding(mask, -50);
}

function biasAgainstPadding(mask: tf.Tensor, bias: number): tf.Tensor4D {
  const [texts = 0, length = 0] = mask.shape;
  return mask.cast('bool').logicalNot().cast('float32').mul(bias).reshape([texts, 1, 1, length]);
}

/** 0 for tokens at most `reach` positions away, very negative for others: [1, 1, length, length]. */
export function windowBias(length: number, reach: number): tf.Tensor4D {
  const excluded = relativePlaces(length).abs().greater(reach);
  return excluded.cast('float32').mul(MASKED).reshape([1, 1, length, length]);
}

/** How many positions the key comes after the query: [length, length], int32. */
export function relativePlaces(length: number): tf.Tensor2D {
  const places = tf.range(0, length, 1, 'int32');
  return places.expandDims(0).sub(places.expandDims(1));
}

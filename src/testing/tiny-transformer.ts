import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '../random.js';

const VOCABULARY = 19;
const HIDDEN = 8;
const HEADS = 2;
const WIDE = 12;

export interface Weights {
  readonly [name: string]: tf.Tensor;
}

/** Small random weights. */
export function transformerWeights(seed: number): Weights {
  const random = seededRandom(seed);
  const matrix = (...shape: number[]): tf.Tensor =>
    tf.tensor(
      Array.from(
        { length: shape.reduce((size, dim) => size * dim, 1) },
        () => random.below(2 ** 16) / 2 ** 17 - 0.25,
      ),
      shape,
    );
  return {
    embedding: matrix(VOCABULARY, HIDDEN),
    position: matrix(64, HIDDEN),
    query: matrix(HIDDEN, HIDDEN),
    key: matrix(HIDDEN, HIDDEN),
    value: matrix(HIDDEN, HIDDEN),
    widen: matrix(HIDDEN, WIDE),
    narrow: matrix(WIDE, HIDDEN),
  };
}

/** Token numbers [batch, length] and a mask of the same shape. The rows end in padding. */
export function tokens(batch: number, length: number, seed = 1): [ids: tf.Tensor2D, mask: tf.Tensor2D] {
  const random = seededRandom(seed);
  const ids = Array.from({ length: batch * length }, () => random.below(VOCABULARY));
  const mask = ids.map((_, at) => Number(at % length === 0 || at % length < length - (at % 3)));
  return [tf.tensor2d(ids, [batch, length], 'int32'), tf.tensor2d(mask, [batch, length])];
}

/** One encoder layer with attention to everything except padding, and a SPLADE head: [batch, VOCABULARY]. */
export function encode(weights: Weights, ids: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor2D {
  const [batch, length] = ids.shape;
  const rows = batch * length;
  const of = (name: string): tf.Tensor2D => weights[name] as tf.Tensor2D;
  const positions = tf.gather(of('position'), tf.range(0, length, 1, 'int32'));
  const embedded = normalize(tf.add(tf.gather(of('embedding'), ids), tf.expandDims(positions, 0)));
  const flat = tf.reshape(embedded, [rows, HIDDEN]);
  const heads = (name: string): tf.Tensor4D =>
    tf.transpose(tf.reshape(tf.matMul(flat, of(name)), [batch, length, HEADS, HIDDEN / HEADS]), [0, 2, 1, 3]);
  const scores = tf.mul(tf.matMul(heads('query'), heads('key'), false, true), Math.sqrt(HEADS / HIDDEN));
  const bias = tf.mul(tf.sub(1, tf.reshape(mask, [batch, 1, 1, length])), -1e9);
  const mixed = tf.matMul(tf.softmax(tf.add(scores, bias)), heads('value'));
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, length, HIDDEN]);
  const attended = normalize(tf.add(embedded, joined));
  const wide = tf.relu(tf.matMul(tf.reshape(attended, [rows, HIDDEN]), of('widen')));
  const hidden = tf.add(tf.reshape(attended, [rows, HIDDEN]), tf.matMul(wide, of('narrow')));
  const logits = tf.reshape(tf.matMul(hidden, of('embedding'), false, true), [batch, length, VOCABULARY]);
  const active = tf.mul(tf.log1p(tf.relu(logits)), tf.expandDims(mask, 2));
  return tf.max(active, 1) as tf.Tensor2D;
}

/** Layer normalization over the last axis. */
function normalize(x: tf.Tensor): tf.Tensor {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  return tf.div(centered, tf.sqrt(tf.add(tf.mean(tf.square(centered), -1, true), 1e-6)));
}

import { tf } from '../tf.js';
import { abs } from './abs.js';
import { rowNorms } from './norm.js';

/** The most elements of differences [rows, m, d] that are made at a time (64 MiB of float32). */
const MAX_DIFFERENCES = 2 ** 24;

type RowDistance = (differences: tf.Tensor2D) => tf.Tensor1D;

/**
 * Distances between every row of a [n, d] and every row of b [m, d] -> [n, m], computed from the differences: expanding
 * the square would lose all digits of a small distance between large rows.
 */
function distanceMatrix(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  rowDistance: RowDistance,
  atATime: number,
): tf.Tensor2D {
  const [n, d] = a.shape;
  const m = b.shape[0];
  const step = Math.max(1, Math.floor(atATime / (m * d)));
  const blocks: tf.Tensor2D[] = [];
  for (let begin = 0; begin < n; begin += step) {
    const rows = Math.min(step, n - begin);
    const differences = a.slice([begin, 0], [rows, d]).expandDims(1).sub(b.expandDims(0));
    blocks.push(rowDistance(differences.reshape([rows * m, d])).reshape([rows, m]));
  }
  return blocks.length === 1 ? (blocks[0] as tf.Tensor2D) : tf.concat(blocks, 0);
}

export function euclideanDistances(a: tf.Tensor2D, b: tf.Tensor2D, atATime = MAX_DIFFERENCES): tf.Tensor2D {
  return distanceMatrix(a, b, rowNorms, atATime);
}

export function manhattanDistances(a: tf.Tensor2D, b: tf.Tensor2D, atATime = MAX_DIFFERENCES): tf.Tensor2D {
  return distanceMatrix(a, b, (differences) => abs(differences).sum(1), atATime);
}

import * as tf from '@tensorflow/tfjs';
import { named } from './named-function.js';
import { abs } from './ops/abs.js';
import { euclideanDistances, manhattanDistances } from './ops/distance-matrix.js';
import { normalizeRows, rowNorms } from './ops/norm.js';

/** [n, d] x [m, d] -> [n, m] */
export type SimilarityFunction = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D;
/** [n, d] x [n, d] -> [n] */
export type PairwiseSimilarityFunction = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor1D;

/** a_i . b_j, [n, d] x [m, d] -> [n, m] */
export const dotScore: SimilarityFunction = named('dot_score', (a, b) => tf.matMul(a, b, false, true));

/** Cosine of a_i and b_j, rows normalized as x / max(|x|, 1e-12), [n, d] x [m, d] -> [n, m] */
export const cosSim: SimilarityFunction = named('cos_sim', (a, b) =>
  tf.matMul(normalizeRows(a), normalizeRows(b), false, true),
);

/** -|a_i - b_j|_2, [n, d] x [m, d] -> [n, m]; gradient 0 where the rows are equal */
export const euclideanSim: SimilarityFunction = named('euclidean_sim', (a, b) =>
  euclideanDistances(a, b).neg(),
);

/** -|a_i - b_j|_1, [n, d] x [m, d] -> [n, m]; gradient 0 where coordinates are equal */
export const manhattanSim: SimilarityFunction = named('manhattan_sim', (a, b) =>
  manhattanDistances(a, b).neg(),
);

/** a_i . b_i, [n, d] x [n, d] -> [n] */
export const pairwiseDotScore: PairwiseSimilarityFunction = named('pairwise_dot_score', (a, b) =>
  a.mul(b).sum(1),
);

/** Cosine of a_i and b_i, rows normalized as x / max(|x|, 1e-12), [n, d] x [n, d] -> [n] */
export const pairwiseCosSim: PairwiseSimilarityFunction = named('pairwise_cos_sim', (a, b) =>
  normalizeRows(a).mul(normalizeRows(b)).sum(1),
);

/** -|a_i - b_i|_2, [n, d] x [n, d] -> [n]; gradient 0 where the rows are equal */
export const pairwiseEuclideanSim: PairwiseSimilarityFunction = named('pairwise_euclidean_sim', (a, b) =>
  rowNorms(a.sub(b)).neg(),
);

/** -|a_i - b_i|_1, [n, d] x [n, d] -> [n]; gradient 0 where coordinates are equal */
export const pairwiseManhattanSim: PairwiseSimilarityFunction = named('pairwise_manhattan_sim', (a, b) =>
  abs(a.sub(b)).sum<tf.Tensor1D>(1).neg(),
);

/**
 * Angle similarity of a_i and b_i in complex space, [n, d] x [n, d] -> [n].
 *
 * Each normalized row is read as d/2 complex numbers (first half real, second half imaginary; an odd d is padded with
 * one zero): |sum x.y + sum_k (x[k + d/2] y[k] - x[k] y[k + d/2])|. Not symmetric in its arguments.
 *
 * Source: Li and Li, AnglE-optimized Text Embeddings (2023), https://arxiv.org/abs/2309.12871, as in the reference.
 */
export const pairwiseAngleSim: PairwiseSimilarityFunction = named('pairwise_angle_sim', (a, b) => {
  const odd = a.shape[1] % 2 === 1;
  const padded = (x: tf.Tensor2D): tf.Tensor2D =>
    odd
      ? tf.pad(x, [
          [0, 0],
          [0, 1],
        ])
      : x;
  const x = normalizeRows(padded(a));
  const y = normalizeRows(padded(b));
  const rows = x.shape[0];
  const half = x.shape[1] / 2;
  const real = (z: tf.Tensor2D): tf.Tensor2D => z.slice([0, 0], [rows, half]);
  const imaginary = (z: tf.Tensor2D): tf.Tensor2D => z.slice([0, half], [rows, half]);
  const cosines = x.mul(y).sum<tf.Tensor1D>(1);
  const sines = imaginary(x)
    .mul(real(y))
    .sub(real(x).mul(imaginary(y)))
    .sum<tf.Tensor1D>(1);
  return abs(cosines.add(sines));
});

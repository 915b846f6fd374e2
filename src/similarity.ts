import { aTensor, checkArguments } from './arguments.js';
import { InputError } from './errors.js';
import { asFloat } from './is-tensor.js';
import { named } from './named-function.js';
import { abs } from './ops/abs.js';
import { euclideanDistances, manhattanDistances } from './ops/distance-matrix.js';
import { normalizeRows, rowNorms } from './ops/norm.js';
import { tf } from './tf.js';

/** [n, d] x [m, d] -> [n, m] */
export type SimilarityFunction = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D;
/** [n, d] x [n, d] -> [n] */
export type PairwiseSimilarityFunction = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor1D;

const MATRIX = aTensor('a tensor of numbers [rows, dimensions]', 2);

/**
 * A function of two matrices with the same number of columns. It checks them, and leaves no tensor but its result.
 *
 * @param name the reference's name
 * @param rows whether the numbers of rows must be equal
 * @throws InputError (in the returned function) for other arguments
 */
function similarity<R extends tf.Tensor>(
  name: string,
  rows: 'any' | 'equal',
  compute: (a: tf.Tensor2D, b: tf.Tensor2D) => R,
): (a: tf.Tensor2D, b: tf.Tensor2D) => R {
  return named(name, (a: tf.Tensor2D, b: tf.Tensor2D) => {
    checkArguments(name, { a: MATRIX, b: MATRIX }, { a, b });
    const [[n, d], [m, e]] = [a.shape, b.shape];
    if (d !== e || (rows === 'equal' && n !== m)) {
      const expected = rows === 'equal' ? 'one shape' : 'as many columns';
      throw new InputError(
        `${name}: a has shape [${n}, ${d}] and b [${m}, ${e}]; expected matrices of ${expected}`,
      );
    }
    return tf.tidy(() => compute(asFloat(a), asFloat(b)));
  });
}

/** a_i . b_j, [n, d] x [m, d] -> [n, m] */
export const dotScore: SimilarityFunction = similarity('dot_score', 'any', (a, b) =>
  tf.matMul(a, b, false, true),
);

/** Cosine of a_i and b_j, rows normalized as x / max(|x|, 1e-12), [n, d] x [m, d] -> [n, m] */
export const cosSim: SimilarityFunction = similarity('cos_sim', 'any', (a, b) =>
  tf.matMul(normalizeRows(a), normalizeRows(b), false, true),
);

/** -|a_i - b_j|_2, [n, d] x [m, d] -> [n, m]; gradient 0 where the rows are equal */
export const euclideanSim: SimilarityFunction = similarity('euclidean_sim', 'any', (a, b) =>
  euclideanDistances(a, b).neg(),
);

/** -|a_i - b_j|_1, [n, d] x [m, d] -> [n, m]; gradient 0 where coordinates are equal */
export const manhattanSim: SimilarityFunction = similarity('manhattan_sim', 'any', (a, b) =>
  manhattanDistances(a, b).neg(),
);

/** a_i . b_i, [n, d] x [n, d] -> [n] */
export const pairwiseDotScore: PairwiseSimilarityFunction = similarity(
  'pairwise_dot_score',
  'equal',
  (a, b) => a.mul(b).sum(1),
);

/** Cosine of a_i and b_i, rows normalized as x / max(|x|, 1e-12), [n, d] x [n, d] -> [n] */
export const pairwiseCosSim: PairwiseSimilarityFunction = similarity('pairwise_cos_sim', 'equal', (a, b) =>
  normalizeRows(a).mul(normalizeRows(b)).sum(1),
);

/** -|a_i - b_i|_2, [n, d] x [n, d] -> [n]; gradient 0 where the rows are equal */
export const pairwiseEuclideanSim: PairwiseSimilarityFunction = similarity(
  'pairwise_euclidean_sim',
  'equal',
  (a, b) => rowNorms(a.sub(b)).neg(),
);

/** -|a_i - b_i|_1, [n, d] x [n, d] -> [n]; gradient 0 where coordinates are equal */
export const pairwiseManhattanSim: PairwiseSimilarityFunction = similarity(
  'pairwise_manhattan_sim',
  'equal',
  (a, b) => abs(a.sub(b)).sum<tf.Tensor1D>(1).neg(),
);

/**
 * Angle similarity of a_i and b_i in complex space, [n, d] x [n, d] -> [n].
 *
 * Each normalized row is read as d/2 complex numbers (first half real, second half imaginary; an odd d is padded with
 * one zero): |sum x.y + sum_k (x[k + d/2] y[k] - x[k] y[k + d/2])|. Not symmetric in its arguments.
 *
 * Source: Li and Li, AnglE-optimized Text Embeddings (2023), https://arxiv.org/abs/2309.12871, as in the reference.
 */
export const pairwiseAngleSim: PairwiseSimilarityFunction = similarity(
  'pairwise_angle_sim',
  'equal',
  (a, b) => {
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
  },
);

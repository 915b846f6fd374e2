import { abs } from '../../src/ops/abs.js';
import { rowNorms } from '../../src/ops/norm.js';
import { tf } from '../../src/tf.js';
import { normalized } from './cosine.js';
import { functionMutants } from './functions.js';

type Matrix = tf.Tensor2D;

/** Every row of a minus every row of b, [n, m, d]. */
const differences = (a: Matrix, b: Matrix): tf.Tensor => a.expandDims(1).sub(b.expandDims(0));
const naiveNorm = (x: tf.Tensor): tf.Tensor => x.square().sum(-1).sqrt();

const times = (a: Matrix, b: Matrix): tf.Tensor => tf.matMul(a, b, false, true);
const rowTimes = (a: Matrix, b: Matrix): tf.Tensor => a.mul(b).sum(1);
const unit = (x: Matrix): Matrix => normalized(x, 1e-12, 'seen');

const DOT_SCORE = functionMutants('dotScore', times, {
  normalized: {
    what: 'cosine instead of dot product',
    wrong: (a: Matrix, b: Matrix) => times(unit(a), unit(b)),
  },
  'mean-over-dimensions': {
    what: 'products are averaged over the dimensions',
    wrong: (a: Matrix, b: Matrix) => times(a, b).div(a.shape[1]),
  },
  transposed: {
    what: 'b . a for square results',
    wrong: (a: Matrix, b: Matrix) => (a.shape[0] === b.shape[0] ? times(b, a) : times(a, b)),
  },
});

const PAIRWISE_DOT_SCORE = functionMutants('pairwiseDotScore', rowTimes, {
  'mean-over-dimensions': {
    what: 'products are averaged over the dimensions',
    wrong: (a: Matrix, b: Matrix) => a.mul(b).mean(1),
  },
  normalized: {
    what: 'cosine instead of dot product',
    wrong: (a: Matrix, b: Matrix) => rowTimes(unit(a), unit(b)),
  },
});

const COS_SIM = functionMutants('cosSim', (a: Matrix, b: Matrix) => times(unit(a), unit(b)), {
  'floor-1e-8': {
    what: 'norms have a floor of 1e-8 instead of 1e-12',
    wrong: (a: Matrix, b: Matrix) => times(normalized(a, 1e-8, 'seen'), normalized(b, 1e-8, 'seen')),
  },
  'one-side': { what: 'b is not normalized', wrong: (a: Matrix, b: Matrix) => times(unit(a), b) },
});

const PAIRWISE_COS_SIM = functionMutants(
  'pairwiseCosSim',
  (a: Matrix, b: Matrix) => rowTimes(unit(a), unit(b)),
  {
    'floor-1e-8': {
      what: 'norms have a floor of 1e-8 instead of 1e-12',
      wrong: (a: Matrix, b: Matrix) => rowTimes(normalized(a, 1e-8, 'seen'), normalized(b, 1e-8, 'seen')),
    },
    'floor-hidden': {
      what: 'the gradient does not know of the floor',
      wrong: (a: Matrix, b: Matrix) =>
        rowTimes(normalized(a, 1e-12, 'hidden'), normalized(b, 1e-12, 'hidden')),
    },
    'no-floor': {
      what: 'rows of zeros give NaN',
      wrong: (a: Matrix, b: Matrix) => rowTimes(a, b).div(naiveNorm(a).mul(naiveNorm(b))),
    },
  },
);

const EUCLIDEAN_SIM = functionMutants(
  'euclideanSim',
  (a: Matrix, b: Matrix) => {
    const all = differences(a, b);
    const [n = 0, m = 0, d = 0] = all.shape;
    return rowNorms(all.reshape([n * m, d]))
      .reshape([n, m])
      .neg();
  },
  {
    'naive-norm': {
      what: 'the gradient is NaN where rows are equal',
      wrong: (a: Matrix, b: Matrix) => naiveNorm(differences(a, b)).neg(),
    },
    'square-expanded': {
      what: '|a|^2 + |b|^2 - 2 a.b, which loses the digits of a small distance',
      wrong: (a: Matrix, b: Matrix) => {
        const squares = (x: Matrix): tf.Tensor => x.square().sum(1);
        const square = squares(a).expandDims(1).add(squares(b).expandDims(0)).sub(times(a, b).mul(2));
        return square.maximum(1e-30).sqrt().neg();
      },
    },
    'root-floor': {
      what: '1e-6 is added below the root',
      wrong: (a: Matrix, b: Matrix) => differences(a, b).square().sum(-1).add(1e-6).sqrt().neg(),
    },
    squared: {
      what: 'the square of the distance',
      wrong: (a: Matrix, b: Matrix) => differences(a, b).square().sum(-1).neg(),
    },
    distance: {
      what: 'a distance instead of a similarity',
      wrong: (a: Matrix, b: Matrix) => naiveNorm(differences(a, b)),
    },
  },
);

const PAIRWISE_EUCLIDEAN_SIM = functionMutants(
  'pairwiseEuclideanSim',
  (a: Matrix, b: Matrix) => rowNorms(a.sub(b)).neg(),
  {
    'naive-norm': {
      what: 'the gradient is NaN where rows are equal',
      wrong: (a: Matrix, b: Matrix) => naiveNorm(a.sub(b)).neg(),
    },
    'tfjs-norm': {
      what: 'the norm of tfjs, with its own gradient at 0',
      wrong: (a: Matrix, b: Matrix) => tf.norm(a.sub(b), 'euclidean', 1).neg(),
    },
    'inverse-distance': {
      what: '1 / (1 + distance)',
      wrong: (a: Matrix, b: Matrix) => tf.scalar(1).div(rowNorms(a.sub(b)).add(1)),
    },
  },
);

const MANHATTAN_SIM = functionMutants(
  'manhattanSim',
  (a: Matrix, b: Matrix) => abs(differences(a, b)).sum(2).neg(),
  {
    'tfjs-abs': {
      what: 'the absolute value of tfjs, whose gradient at 0 is -1',
      wrong: (a: Matrix, b: Matrix) => tf.abs(differences(a, b)).sum(2).neg(),
    },
    mean: {
      what: 'mean over the dimensions instead of the sum',
      wrong: (a: Matrix, b: Matrix) => abs(differences(a, b)).mean(2).neg(),
    },
  },
);

const PAIRWISE_MANHATTAN_SIM = functionMutants(
  'pairwiseManhattanSim',
  (a: Matrix, b: Matrix) => abs(a.sub(b)).sum(1).neg(),
  {
    'tfjs-abs': {
      what: 'the absolute value of tfjs, whose gradient at 0 is -1',
      wrong: (a: Matrix, b: Matrix) => tf.abs(a.sub(b)).sum(1).neg(),
    },
    'slope-one-at-zero': {
      what: 'the gradient is 1 where coordinates are equal',
      wrong: (a: Matrix, b: Matrix) => tf.relu(a.sub(b)).add(b.sub(a).maximum(0)).sum(1).neg(),
    },
  },
);

export const SIMILARITIES = [
  DOT_SCORE,
  PAIRWISE_DOT_SCORE,
  COS_SIM,
  PAIRWISE_COS_SIM,
  EUCLIDEAN_SIM,
  PAIRWISE_EUCLIDEAN_SIM,
  MANHATTAN_SIM,
  PAIRWISE_MANHATTAN_SIM,
];

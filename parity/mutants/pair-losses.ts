import { meanAbsoluteError, meanSquaredError, pairwiseCosSim } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { withGradient } from '../../src/ops/with-gradient.js';
import { tf } from '../../src/tf.js';
import { functionMutants } from './functions.js';
import { untracked } from './untracked.js';

type Vector = tf.Tensor1D;

/** Built from operations that tfjs can differentiate, with the kink of the Huber loss at delta. */
const huber = (predictions: Vector, labels: Vector, delta: number): tf.Tensor => {
  const size = predictions.sub(labels).abs();
  return tf
    .where(
      untracked(size, (s) => s.less(delta)),
      size.square().div(2 * delta),
      size.sub(delta / 2),
    )
    .mean();
};

/** Keeps the values and negates the gradient. */
const passingNegated = withGradient(
  (x: tf.Tensor) => ({ value: x.clone(), saved: {} }),
  (dy) => dy.neg(),
) as (x: Vector) => Vector;

const SMOOTH_L1 = functionMutants('smoothL1', (p: Vector, y: Vector) => huber(p, y, 1), {
  'kink-at-half': { what: 'the kink is at 1/2', wrong: (p: Vector, y: Vector) => huber(p, y, 0.5) },
  'no-half': {
    what: 'the square is not halved',
    wrong: (p: Vector, y: Vector) => {
      const size = p.sub(y).abs();
      return tf
        .where(
          untracked(size, (s) => s.less(1)),
          size.square(),
          size.sub(0.5),
        )
        .mean();
    },
  },
  'labels-detached': {
    what: 'no gradient flows into the labels',
    wrong: (p: Vector, y: Vector) => huber(p, detach(y), 1),
  },
  square: { what: 'no linear part', wrong: (p: Vector, y: Vector) => p.sub(y).square().div(2).mean() },
});

const MEAN_ABSOLUTE_ERROR = functionMutants('meanAbsoluteError', undefined, {
  square: { what: 'MSE instead of MAE', wrong: meanSquaredError },
  sum: { what: 'sum instead of the mean', wrong: (p: Vector, y: Vector) => p.sub(y).abs().sum() },
  'label-gradient-sign': {
    what: 'labels get the gradient of the predictions instead of its negative',
    wrong: (p: Vector, y: Vector) => meanAbsoluteError(p, passingNegated(y)),
  },
  'tfjs-abs': {
    what: 'the absolute value of tfjs, whose gradient at 0 is -1',
    wrong: (p: Vector, y: Vector) => tf.abs(p.sub(y)).mean(),
  },
});

const MEAN_SQUARED_ERROR = functionMutants('meanSquaredError', undefined, {
  absolute: { what: 'MAE instead of MSE', wrong: meanAbsoluteError },
  'label-gradient-half': {
    what: 'the labels get half their gradient',
    wrong: (p: Vector, y: Vector) => meanSquaredError(p, y.add(detach(y)).div(2)),
  },
  half: { what: 'half the square', wrong: (p: Vector, y: Vector) => p.sub(y).square().mean().div(2) },
});

const SIGMOID = functionMutants('sigmoid', (x: Vector) => tf.sigmoid(x), {
  tanh: { what: 'tanh instead of the sigmoid', wrong: (x: Vector) => tf.tanh(x) },
  'gradient-stopped': {
    what: 'the derivative of the sigmoid is left out',
    wrong: withGradient(
      (x: tf.Tensor) => ({ value: tf.sigmoid(x), saved: {} }),
      (dy) => dy,
    ),
  },
});

type Matrix = tf.Tensor2D;

const COSINE_DISTANCE = functionMutants('TripletDistanceMetric.COSINE', undefined, {
  similarity: { what: 'the cosine itself, not 1 - cosine', wrong: pairwiseCosSim },
  negated: {
    what: '-cosine: the same loss and gradient',
    wrong: (a: Matrix, b: Matrix) => pairwiseCosSim(a, b).neg(),
    equivalent: 'the 1 cancels between d(a, p) and d(a, n)',
  },
});

const EUCLIDEAN_DISTANCE = functionMutants('TripletDistanceMetric.EUCLIDEAN', undefined, {
  squared: {
    what: 'the square of the distance',
    wrong: (a: Matrix, b: Matrix) => a.sub(b).square().sum(1),
  },
  'naive-norm': {
    what: 'the gradient is NaN where rows are equal',
    wrong: (a: Matrix, b: Matrix) => a.sub(b).square().sum(1).sqrt(),
  },
  'epsilon-in-difference': {
    what: '1e-6 is added to every difference, as torch’s PairwiseDistance does',
    wrong: (a: Matrix, b: Matrix) => a.sub(b).add(1e-6).square().sum(1).sqrt(),
  },
});

const MANHATTAN_DISTANCE = functionMutants('TripletDistanceMetric.MANHATTAN', undefined, {
  'tfjs-abs': {
    what: 'the absolute value of tfjs, whose gradient at 0 is -1',
    wrong: (a: Matrix, b: Matrix) => tf.abs(a.sub(b)).sum(1),
  },
});

export const PAIR_LOSSES = [SMOOTH_L1, MEAN_ABSOLUTE_ERROR, MEAN_SQUARED_ERROR, SIGMOID];
export const DISTANCES = [COSINE_DISTANCE, EUCLIDEAN_DISTANCE, MANHATTAN_DISTANCE];

import * as tf from '@tensorflow/tfjs';
import { named } from '../named-function.js';
import { abs } from '../ops/abs.js';
import { meanSquare } from '../ops/mean-square.js';
import { withGradient } from '../ops/with-gradient.js';

/** (predictions [n], labels [n]) -> scalar */
export type PairLossFunction = (predictions: tf.Tensor1D, labels: tf.Tensor1D) => tf.Scalar;
/** [n] -> [n] */
export type ScoreTransformation = (scores: tf.Tensor1D) => tf.Tensor1D;

/** mean (p - y)^2 */
export const meanSquaredError: PairLossFunction = named(
  'torch.nn.modules.loss.MSELoss',
  (predictions, labels) => meanSquare(predictions.sub(labels)),
);

/** mean |p - y| */
export const meanAbsoluteError: PairLossFunction = named(
  'torch.nn.modules.loss.L1Loss',
  (predictions, labels) => abs(predictions.sub(labels)).mean<tf.Scalar>(),
);

const huber = withGradient(
  (difference: tf.Tensor) => {
    const size = difference.abs();
    return {
      value: tf.where(size.less(1), difference.square().mul(0.5), size.sub(0.5)),
      saved: { difference },
    };
  },
  (dy, { difference }) => dy.mul(difference.clipByValue(-1, 1)),
);

/** mean of (p - y)^2 / 2 where |p - y| < 1, else |p - y| - 1/2 */
export const smoothL1: PairLossFunction = named('torch.nn.modules.loss.SmoothL1Loss', (predictions, labels) =>
  huber(predictions.sub(labels)).mean<tf.Scalar>(),
);

export const identity: ScoreTransformation = named('torch.nn.modules.linear.Identity', (scores) => scores);

/** 1 / (1 + exp(-x)) */
export const sigmoid: ScoreTransformation = named('torch.nn.modules.activation.Sigmoid', (scores) =>
  tf.sigmoid(scores),
);

import { aTensor, checkArguments } from '../arguments.js';
import { InputError } from '../errors.js';
import { asFloat } from '../is-tensor.js';
import { named } from '../named-function.js';
import { abs } from '../ops/abs.js';
import { meanSquare } from '../ops/mean-square.js';
import { withGradient } from '../ops/with-gradient.js';
import { tf } from '../tf.js';

/** (predictions [n], labels [n]) -> scalar */
export type PairLossFunction = (predictions: tf.Tensor1D, labels: tf.Tensor1D) => tf.Scalar;
/** [n] -> [n] */
export type ScoreTransformation = (scores: tf.Tensor1D) => tf.Tensor1D;

const NUMBERS = aTensor('a tensor of numbers');

/**
 * A function of predictions and labels with the same shape. It checks them, and leaves no tensor but its result.
 *
 * @throws InputError (in the returned function) for other arguments
 */
function pairLoss(
  name: string,
  compute: (predictions: tf.Tensor, labels: tf.Tensor) => tf.Scalar,
): PairLossFunction {
  return named(`torch.nn.modules.loss.${name}`, (predictions, labels) => {
    checkArguments(name, { predictions: NUMBERS, labels: NUMBERS }, { predictions, labels });
    if (predictions.shape.join() !== labels.shape.join()) {
      const [given, expected] = [predictions, labels].map(({ shape }) => `[${shape.join(', ')}]`);
      throw new InputError(
        `${name}: predictions have shape ${given}; expected that of the labels, ${expected}`,
      );
    }
    return tf.tidy(() => compute(asFloat(predictions), asFloat(labels)));
  });
}

function transformation(name: string, compute: (scores: tf.Tensor1D) => tf.Tensor1D): ScoreTransformation {
  return named(name, (scores) => {
    checkArguments(name, { scores: NUMBERS }, { scores });
    return tf.tidy(() => compute(scores));
  });
}

/** mean (p - y)^2 */
export const meanSquaredError: PairLossFunction = pairLoss('MSELoss', (predictions, labels) =>
  meanSquare(predictions.sub(labels)),
);

/** mean |p - y| */
export const meanAbsoluteError: PairLossFunction = pairLoss('L1Loss', (predictions, labels) =>
  abs(predictions.sub(labels)).mean<tf.Scalar>(),
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

/** mean of (p - y)^2 / 2 where |p - y| < 1, otherwise |p - y| - 1/2 */
export const smoothL1: PairLossFunction = pairLoss('SmoothL1Loss', (predictions, labels) =>
  huber(predictions.sub(labels)).mean<tf.Scalar>(),
);

export const identity: ScoreTransformation = transformation(
  'torch.nn.modules.linear.Identity',
  (scores) => scores,
);

/** 1 / (1 + exp(-x)) */
export const sigmoid: ScoreTransformation = transformation('torch.nn.modules.activation.Sigmoid', (scores) =>
  tf.sigmoid(asFloat(scores)),
);

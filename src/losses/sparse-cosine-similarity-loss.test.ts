import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { cosine, eachRow, entryOf, mean, rowOf } from '../testing/plain-math.js';
import { identity, meanAbsoluteError, meanSquaredError, sigmoid, smoothL1 } from './pair-loss-functions.js';
import {
  SparseCosineSimilarityLoss,
  type SparseCosineSimilarityLossOptions,
} from './sparse-cosine-similarity-loss.js';

const create = (options?: SparseCosineSimilarityLossOptions) =>
  new SparseCosineSimilarityLoss(passThroughModel(), options);

const columns = randomColumns(3, 2, 4, 5);
// One label is far outside of the cosines, so that smoothL1 uses both of its branches.
const labels = [0.25, -1, 3, 0];

function deviationOf(
  options: SparseCosineSimilarityLossOptions,
  error: (difference: number) => number,
  transformation: (score: number) => number = (score) => score,
) {
  const loss = create(options);
  return deviation(
    (e) => loss.computeLossFromEmbeddings(e, tf.tensor1d(labels)),
    ([a = [], b]) =>
      mean(
        eachRow(a, (row) =>
          error(transformation(cosine(rowOf(a, row), rowOf(b, row))) - entryOf(labels, row)),
        ),
      ),
    columns,
  );
}

const square = (x: number): number => x * x;
const huber = (x: number): number => (Math.abs(x) < 1 ? (x * x) / 2 : Math.abs(x) - 0.5);
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

describe('SparseCosineSimilarityLoss', () => {
  const cases = [
    { name: 'the mean square by default', deviation: deviationOf({}, square) },
    { name: 'meanSquaredError', deviation: deviationOf({ lossFct: meanSquaredError }, square) },
    { name: 'meanAbsoluteError', deviation: deviationOf({ lossFct: meanAbsoluteError }, Math.abs) },
    { name: 'smoothL1', deviation: deviationOf({ lossFct: smoothL1 }, huber) },
    {
      name: 'a sigmoid on the cosines',
      deviation: deviationOf({ cosScoreTransformation: sigmoid }, square, logistic),
    },
    {
      name: 'functions of the user',
      deviation: deviationOf(
        {
          lossFct: (predictions, targets) => predictions.sub(targets).pow(4).mean(),
          cosScoreTransformation: (scores) => scores.mul(2),
        },
        (x) => x ** 4,
        (score) => 2 * score,
      ),
    },
  ];
  it.each(cases)('compares cosines with labels: $name', ({ deviation: { value, gradient } }) => {
    expect(value).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(2e-5);
  });

  it('takes labels of any shape with one element per row, and of type int32', () => {
    const outcome = (targets: tf.Tensor) =>
      tensorOutcome((e) => create().computeLossFromEmbeddings(e, targets), columns);
    const expected = outcome(tf.tensor1d([1, 0, 1, 0]));
    expect(outcome(tf.tensor2d([[1], [0], [1], [0]]))).toEqual(expected);
    expect(outcome(tf.tensor1d([1, 0, 1, 0], 'int32'))).toEqual(expected);
  });

  it('gives a zero row the derivative that a norm of 1e-8 has, since the floor is hidden from it', () => {
    const withZero: Matrix[] = [[[0, 0]], [[3, 4]]];
    const { value, gradients } = tensorOutcome(
      (e) => create().computeLossFromEmbeddings(e, tf.tensor1d([-0.5])),
      withZero,
    );
    expect(value).toBeCloseTo(0.25, 6);
    // d/dcos (cos + 0.5)^2 = 1 at cos = 0; times the other row's unit vector over 1e-8.
    expect((gradients[0]?.[0]?.[0] ?? NaN) / 1e8).toBeCloseTo(0.6, 5);
    expect((gradients[0]?.[0]?.[1] ?? NaN) / 1e8).toBeCloseTo(0.8, 5);
    expect(gradients[1]?.[0]).toEqual([0, 0]);
  });

  it('sets the similarity of the model to cosine, unless an option is wrong', () => {
    expect(create().model.similarityFnName).toBe('cosine');
    const model = passThroughModel();
    expect(() => new SparseCosineSimilarityLoss(model, { lossFct: 1 as never })).toThrow(/lossFct/);
    expect(model.similarityFnName).toBeUndefined();
  });

  it("lists its functions under torch's class names, and has no citation", () => {
    expect(Object.entries(create().getConfigDict())).toEqual([
      ['loss_fct', 'torch.nn.modules.loss.MSELoss'],
      ['cos_score_transformation', 'torch.nn.modules.linear.Identity'],
    ]);
    const configOf = (options: SparseCosineSimilarityLossOptions) =>
      Object.values(create(options).getConfigDict());
    expect(configOf({ lossFct: meanAbsoluteError, cosScoreTransformation: sigmoid })).toEqual([
      'torch.nn.modules.loss.L1Loss',
      'torch.nn.modules.activation.Sigmoid',
    ]);
    expect(configOf({ lossFct: smoothL1, cosScoreTransformation: identity })[0]).toBe(
      'torch.nn.modules.loss.SmoothL1Loss',
    );
    expect(create().citation).toBeUndefined();
  });

  it('does not train alone and says what to do', () => {
    expect(() => create().forward()).toThrow(UsageError);
    expect(() => create().forward()).toThrow(/base loss of SpladeLoss, CachedSpladeLoss or CSRLoss/);
  });
});

import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { pairwiseCosSim } from '../similarity.js';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns, randomMatrix, tensorOf } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { cosine, dot, entryOf, mean, rowOf } from '../testing/plain-math.js';
import { SparseMarginMSELoss, type SparseMarginMSELossOptions } from './sparse-margin-mse-loss.js';

const create = (options?: SparseMarginMSELossOptions) => new SparseMarginMSELoss(passThroughModel(), options);

/** mean over rows and negatives of (sim(q, p) - sim(q, n) - y)^2 */
function marginError(columns: Matrix[], margins: Matrix, sim = dot): number {
  const [queries = [], positives, ...negatives] = columns;
  return mean(
    queries.flatMap((query, b) =>
      negatives.map((negative, i) => {
        const margin = sim(query, rowOf(positives, b)) - sim(query, rowOf(negative, b));
        return (margin - entryOf(margins[b], i)) ** 2;
      }),
    ),
  );
}

const columns = randomColumns(9, 4, 3, 5);
const margins = randomMatrix(10, 3, 2);
const outcome = (labels: tf.Tensor, embeddings = columns) =>
  tensorOutcome((e) => create().computeLossFromEmbeddings(e, labels), embeddings);

describe('SparseMarginMSELoss', () => {
  it('compares margins with labels [B, n], gradients included', () => {
    const { value, gradient } = deviation(
      (e) => create().computeLossFromEmbeddings(e, tensorOf(margins)),
      (moved) => marginError(moved, margins),
      columns,
    );
    expect(value).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(1e-5);
  });

  it("makes margins of a teacher's scores [B, n + 1]", () => {
    const scores = randomMatrix(11, 3, 3);
    const differences = scores.map(([positive = NaN, ...others]) => others.map((other) => positive - other));
    expect(outcome(tensorOf(scores)).value).toBeCloseTo(marginError(columns, differences), 5);
  });

  it('takes margins [B] or [B, 1] or scores [B, 2] for one negative', () => {
    const one = columns.slice(0, 3);
    const expected = outcome(tf.tensor1d([0.5, -0.25, 0]), one);
    expect(outcome(tf.tensor2d([[0.5], [-0.25], [0]]), one)).toEqual(expected);
    expect(
      outcome(
        tf.tensor2d([
          [1, 0.5],
          [0.5, 0.75],
          [2, 2],
        ]),
        one,
      ),
    ).toEqual(expected);
    expect(expected.value).toBeCloseTo(marginError(one, [[0.5], [-0.25], [0]]), 5);
  });

  it('takes labels of type int32 and bool', () => {
    const expected = outcome(
      tf.tensor2d([
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
    );
    expect(
      outcome(
        tf.tensor2d(
          [
            [1, 0],
            [0, 1],
            [1, 1],
          ],
          [3, 2],
          'int32',
        ),
      ),
    ).toEqual(expected);
    expect(
      outcome(
        tf.tensor2d(
          [
            [1, 0],
            [0, 1],
            [1, 1],
          ],
          [3, 2],
          'bool',
        ),
      ),
    ).toEqual(expected);
  });

  it('takes another similarity', () => {
    const { value, gradient } = deviation(
      (e) => create({ similarityFct: pairwiseCosSim }).computeLossFromEmbeddings(e, tensorOf(margins)),
      (moved) => marginError(moved, margins, cosine),
      columns,
    );
    expect(value).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(1e-5);
  });

  it('gives no gradient to the labels', () => {
    const { gradients } = tensorOutcome(
      (e) => create().computeLossFromEmbeddings(e.slice(0, 3), e[3]),
      [...columns.slice(0, 3), [[1], [2], [3]]],
    );
    expect(gradients[3]).toEqual([[0], [0], [0]]);
  });

  it('lists its similarity as the reference, and cites Hofstätter et al.', () => {
    expect(create().getConfigDict()).toEqual({ similarity_fct: 'pairwise_dot_score' });
    expect(create({ similarityFct: pairwiseCosSim }).getConfigDict()).toEqual({
      similarity_fct: 'pairwise_cos_sim',
    });
    expect(create().citation).toContain('@misc{hofstätter2021improving,');
  });

  it('does not train alone and says what to do', () => {
    expect(() => create().forward()).toThrow(UsageError);
    expect(() => create().forward()).toThrow(/base loss of SpladeLoss, CachedSpladeLoss or CSRLoss/);
  });
});

import type * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomMatrix, sparseMatrix } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { entryOf, mean, sum } from '../testing/plain-math.js';
import { FlopsLoss } from './flops-loss.js';

/** sum_d (mean_b E[b, d])^2 over the rows with more than `threshold` active dimensions, divided by all rows */
function flops(matrix: Matrix, threshold = -1): number {
  const kept = matrix.map((row) => row.filter((entry) => entry !== 0).length > threshold);
  const dimensions = matrix[0]?.map((_, d) => d) ?? [];
  return sum(dimensions.map((d) => mean(matrix.map((row, b) => (kept[b] ? entryOf(row, d) : 0))) ** 2));
}

const withThreshold = (threshold: number | null) => new FlopsLoss(passThroughModel(), { threshold });
const outcome = (threshold: number | null, matrix: Matrix) =>
  tensorOutcome(([e]) => withThreshold(threshold).computeLossFromEmbeddings(e as tf.Tensor2D), [matrix]);

describe('FlopsLoss', () => {
  it('is the sum of squared mean activations, with its gradient', () => {
    const loss = new FlopsLoss(passThroughModel());
    const { value, gradient } = deviation(
      ([e]) => loss.computeLossFromEmbeddings(e as tf.Tensor2D),
      ([e]) => flops(e as Matrix),
      [randomMatrix(1, 4, 7)],
    );
    expect(value).toBeLessThan(1e-6);
    expect(gradient).toBeLessThan(1e-6);
  });

  it('with a threshold counts only rows with more active dimensions, but divides by all', () => {
    const matrix = sparseMatrix(3, 6, 8);
    for (const threshold of [0, 2, 3, 3.5, 4, 8]) {
      expect(outcome(threshold, matrix).value).toBeCloseTo(flops(matrix, threshold), 6);
    }
  });

  it('leaves a row alone whose count equals the threshold', () => {
    const matrix = [
      [1, 1, 0, 0],
      [2, 2, 2, 0],
    ];
    // Only the second row counts: three dimensions with mean 2 / 2.
    expect(outcome(2, matrix)).toEqual({
      value: 3,
      gradients: [
        [
          [0, 0, 0, 0],
          [1, 1, 1, 0],
        ],
      ],
    });
  });

  it('is 0 with gradient 0 where no row is above the threshold', () => {
    expect(outcome(4, [[1, 2, 3, 4]])).toEqual({ value: 0, gradients: [[[0, 0, 0, 0]]] });
  });

  it('multiplies a row that is left alone by 0, so NaN in it stays NaN, as in the reference', () => {
    expect(outcome(3, [[NaN, 0, 0, 0]]).value).toBeNaN();
  });

  it('does not train alone and says which losses use it', () => {
    expect(() => new FlopsLoss(passThroughModel()).forward()).toThrow(UsageError);
    expect(() => new FlopsLoss(passThroughModel()).forward()).toThrow(/SpladeLoss and CachedSpladeLoss/);
  });

  it('lists its threshold for the model card and cites Paria et al.', () => {
    expect(withThreshold(null).getConfigDict()).toEqual({ threshold: null });
    expect(withThreshold(30).getConfigDict()).toEqual({ threshold: 30 });
    expect(withThreshold(null).citation).toContain('@article{paria2020minimizing,');
  });
});

import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { largestDifference, type Matrix, matrixOf, randomMatrix, tensorOf } from '../testing/matrices.js';
import { euclidean, manhattan, sum } from '../testing/plain-math.js';
import { euclideanDistances, manhattanDistances } from './distance-matrix.js';

const metrics = [
  { name: 'euclideanDistances', distances: euclideanDistances, plain: euclidean },
  { name: 'manhattanDistances', distances: manhattanDistances, plain: manhattan },
];

describe.each(metrics)('$name', ({ distances, plain }) => {
  it('are the distances of every pair of rows, with their gradients', () => {
    const columns = [randomMatrix(1, 3, 4), randomMatrix(2, 5, 4)];
    const weights = randomMatrix(3, 3, 5);
    const found = deviation(
      ([a, b]) =>
        distances(a as tf.Tensor2D, b as tf.Tensor2D)
          .mul(tensorOf(weights))
          .sum(),
      ([a = [], b = []]) =>
        sum(a.flatMap((row, i) => b.map((other, j) => (weights[i]?.[j] ?? NaN) * plain(row, other)))),
      columns,
    );
    expect(found.value).toBeLessThan(1e-6);
    expect(found.gradient).toBeLessThan(2e-6);
  });

  it('are 0 for equal rows, however large, with gradient 0', () => {
    const same: Matrix = [[12345.678, -1e6, 3]];
    const { value, gradients } = tensorOutcome(
      ([a, b]) => distances(a as tf.Tensor2D, b as tf.Tensor2D).sum(),
      [same, same],
    );
    expect(value).toBe(0);
    expect(gradients).toEqual([[[0, 0, 0]], [[0, 0, 0]]]);
  });

  it('keep the digits of a small distance between large rows', () => {
    const distance = tf.tidy(
      () => distances(tf.tensor2d([[4096, 0]]), tf.tensor2d([[4096.5, 0]])).dataSync()[0],
    );
    expect(distance).toBe(0.5);
  });

  it('are the same in blocks of rows as at once, gradients included', () => {
    const columns = [randomMatrix(6, 5, 4), randomMatrix(7, 3, 4)];
    const outcomeWith = (atATime?: number) =>
      tensorOutcome(
        ([a, b]) =>
          distances(a as tf.Tensor2D, b as tf.Tensor2D, atATime)
            .square()
            .sum(),
        columns,
      );
    // One row takes 3 x 4 differences, so the blocks have 1, 1, 2 and 5 rows.
    for (const atATime of [1, 12, 24, 60]) expect(outcomeWith(atATime)).toEqual(outcomeWith());
  });

  it('equal the distances of single pairs', () => {
    const a = randomMatrix(4, 3, 6);
    const b = randomMatrix(5, 2, 6);
    const matrix = (left: Matrix, right: Matrix): Matrix =>
      matrixOf(distances(tensorOf(left), tensorOf(right)));
    const pairs = a.map((row) => b.map((other) => matrix([row], [other])[0]?.[0] ?? NaN));
    expect(largestDifference(matrix(a, b), pairs)).toBe(0);
  });
});

import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { configName } from './named-function.js';
import {
  cosSim,
  dotScore,
  euclideanSim,
  manhattanSim,
  pairwiseAngleSim,
  pairwiseCosSim,
  pairwiseDotScore,
  pairwiseEuclideanSim,
  pairwiseManhattanSim,
} from './similarity.js';
import { deviation, tensorOutcome } from './testing/gradients.js';
import { type Matrix, randomMatrix, tensorOf } from './testing/matrices.js';
import {
  angle,
  cosine,
  dot,
  eachRow,
  entryOf,
  euclidean,
  manhattan,
  rowOf,
  sum,
} from './testing/plain-math.js';
import { refusalOf } from './testing/refusal.js';

type PlainSimilarity = (a: readonly number[], b: readonly number[]) => number;

const negative =
  (distance: PlainSimilarity): PlainSimilarity =>
  (a, b) =>
    -distance(a, b);

const functions = [
  { name: 'dot_score', matrix: dotScore, pairwise: pairwiseDotScore, plain: dot },
  { name: 'cos_sim', matrix: cosSim, pairwise: pairwiseCosSim, plain: cosine },
  { name: 'euclidean_sim', matrix: euclideanSim, pairwise: pairwiseEuclideanSim, plain: negative(euclidean) },
  { name: 'manhattan_sim', matrix: manhattanSim, pairwise: pairwiseManhattanSim, plain: negative(manhattan) },
];

const pairwiseOutcome = (similarity: typeof pairwiseDotScore, columns: Matrix[]) =>
  tensorOutcome(([a, b]) => similarity(a as tf.Tensor2D, b as tf.Tensor2D).sum(), columns);

describe.each(functions)('$name', ({ name, matrix, pairwise, plain }) => {
  it('compares every row with every row, gradients included', () => {
    const weights = randomMatrix(3, 3, 4);
    const found = deviation(
      ([a, b]) =>
        matrix(a as tf.Tensor2D, b as tf.Tensor2D)
          .mul(tensorOf(weights))
          .sum(),
      ([a = [], b = []]) =>
        sum(a.flatMap((row, i) => b.map((other, j) => entryOf(weights[i], j) * plain(row, other)))),
      [randomMatrix(1, 3, 5), randomMatrix(2, 4, 5)],
    );
    expect(found.value).toBeLessThan(1e-6);
    expect(found.gradient).toBeLessThan(3e-6);
  });

  it('compares row by row, gradients included', () => {
    const weights = [1, -2, 0.5];
    const found = deviation(
      ([a, b]) =>
        pairwise(a as tf.Tensor2D, b as tf.Tensor2D)
          .mul(weights)
          .sum(),
      ([a = [], b]) => sum(eachRow(a, (row) => entryOf(weights, row) * plain(rowOf(a, row), rowOf(b, row)))),
      [randomMatrix(4, 3, 5), randomMatrix(5, 3, 5)],
    );
    expect(found.value).toBeLessThan(1e-6);
    expect(found.gradient).toBeLessThan(3e-6);
  });

  it("carries the reference's name in both forms", () => {
    expect(configName(matrix)).toBe(name);
    expect(configName(pairwise)).toBe(`pairwise_${name}`);
  });
});

describe('cosines of zero rows', () => {
  it('are 0, with the other row times 1e12 as gradient, as in the reference', () => {
    for (const similarity of [pairwiseCosSim, cosSim]) {
      const { value, gradients } = tensorOutcome(
        ([a, b]) => similarity(a as tf.Tensor2D, b as tf.Tensor2D).sum(),
        [[[0, 0]], [[3, 4]]],
      );
      expect(value).toBe(0);
      expect(entryOf(gradients[0]?.[0], 0) / 1e12).toBeCloseTo(0.6, 5);
      expect(entryOf(gradients[0]?.[0], 1) / 1e12).toBeCloseTo(0.8, 5);
      expect(gradients[1]).toEqual([[0, 0]]);
    }
  });

  it('have no gradient where both rows are zero', () => {
    expect(pairwiseOutcome(pairwiseCosSim, [[[0, 0]], [[0, 0]]])).toEqual({
      value: 0,
      gradients: [[[0, 0]], [[0, 0]]],
    });
  });
});

describe('distances at ties', () => {
  it('have gradient 0 between equal rows', () => {
    const none = [[[0, 0]], [[0, 0]]];
    for (const similarity of [pairwiseEuclideanSim, pairwiseManhattanSim]) {
      expect(pairwiseOutcome(similarity, [[[1, 2]], [[1, 2]]]).gradients).toEqual(none);
    }
  });

  it('have gradient 0 in a coordinate that is equal, for manhattan', () => {
    expect(pairwiseOutcome(pairwiseManhattanSim, [[[1, 2]], [[1, 5]]])).toEqual({
      value: -3,
      gradients: [[[0, 1]], [[0, -1]]],
    });
  });
});

describe('pairwiseAngleSim', () => {
  const angleDeviation = (width: number) =>
    deviation(
      ([a, b]) =>
        pairwiseAngleSim(a as tf.Tensor2D, b as tf.Tensor2D)
          .mul([1, -2, 0.5])
          .sum(),
      ([a = [], b]) =>
        sum(eachRow(a, (row) => entryOf([1, -2, 0.5], row) * angle(rowOf(a, row), rowOf(b, row)))),
      [randomMatrix(6, 3, width), randomMatrix(7, 3, width)],
    );

  it.each([6, 5, 1])('reads rows of width %i as complex numbers, gradients included', (width) => {
    expect(angleDeviation(width).value).toBeLessThan(1e-6);
    expect(angleDeviation(width).gradient).toBeLessThan(3e-6);
  });

  it('depends on the order of its arguments', () => {
    const [a, b] = [randomMatrix(6, 1, 4), randomMatrix(7, 1, 4)];
    const there = pairwiseOutcome(pairwiseAngleSim, [a, b]).value;
    expect(pairwiseOutcome(pairwiseAngleSim, [b, a]).value).not.toBeCloseTo(there, 2);
  });

  it('has gradient 0 where it is 0', () => {
    // (1 + 0i) conj(1 + i) = 1 - i: the parts cancel.
    expect(pairwiseOutcome(pairwiseAngleSim, [[[1, 0]], [[1, 1]]])).toEqual({
      value: 0,
      gradients: [[[0, 0]], [[0, 0]]],
    });
  });

  it("carries the reference's name", () => {
    expect(configName(pairwiseAngleSim)).toBe('pairwise_angle_sim');
  });
});

function disposed(): tf.Tensor {
  const tensor = tf.ones([1, 1]);
  tensor.dispose();
  return tensor;
}

describe.each([...functions, { name: 'angle_sim', matrix: pairwiseAngleSim, pairwise: pairwiseAngleSim }])(
  '$name',
  ({ matrix, pairwise }) => {
    it.each<[what: string, values: () => unknown[], message: string]>([
      ['nothing', () => [], 'a is undefined; expected a tensor of numbers [rows, dimensions]'],
      ['arrays', () => [[[1, 2]], [[1, 2]]], 'a is [[1, 2]]; expected a tensor'],
      ['a vector', () => [tf.ones([2]), tf.ones([2])], 'a is a tensor of float32, shape [2]; expected'],
      ['strings', () => [tf.ones([1, 1]), tf.tensor2d([['x']])], 'b is a tensor of string, shape [1, 1]'],
      [
        'other columns',
        () => [tf.ones([2, 3]), tf.ones([2, 4])],
        'a has shape [2, 3] and b [2, 4]; expected',
      ],
      ['what is disposed', () => [tf.ones([1, 1]), disposed()], 'which is disposed'],
    ])('refuses %s, and computes and leaves nothing', (_, make, message) => {
      const values = make();
      for (const fn of [matrix, pairwise]) {
        const refusal = refusalOf(() => Reflect.apply(fn, undefined, values));
        expect(refusal).toMatch(/^InputError: /);
        expect(refusal).toContain(message);
        expect(refusal).not.toContain('|');
      }
      tf.dispose(values as tf.Tensor[]);
    });

    it('leaves no tensor but its result', () => {
      const matrices = [tf.ones<tf.Rank.R2>([2, 3]), tf.ones<tf.Rank.R2>([2, 3])] as const;
      const before = tf.memory().numTensors;
      for (const fn of [matrix, pairwise]) fn(...matrices).dispose();
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([...matrices]);
    });
  },
);

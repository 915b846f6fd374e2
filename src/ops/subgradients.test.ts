import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomMatrix } from '../testing/matrices.js';
import { dot, entryOf, norm, rowOf, sum } from '../testing/plain-math.js';
import { abs } from './abs.js';
import { detach } from './detach.js';
import { normalizeRows, normalizeRowsClamped, rowNorms } from './norm.js';
import { relu } from './relu.js';

type Op = (x: tf.Tensor2D) => tf.Tensor;

/** The value and the gradient of sum(op(x) * weights). Default: weights 1. */
function outcome(op: Op, x: Matrix, weights?: number[][]) {
  const { value, gradients } = tensorOutcome(
    ([input]) => {
      const result = op(input as tf.Tensor2D);
      return (weights === undefined ? result : result.mul(weights)).sum();
    },
    [x],
  );
  return { value, gradient: gradients[0] ?? [] };
}

const valuesOf = (op: Op, x: number[][]): number[] =>
  Array.from(tf.tidy(() => op(tf.tensor2d(x)).dataSync()));

describe('abs', () => {
  it('has derivative sign(x), 0 at 0', () => {
    expect(outcome(abs, [[-2, 0, 3]])).toEqual({ value: 5, gradient: [[-1, 0, 1]] });
  });

  it('handles values at the ends of float32', () => {
    expect(outcome(abs, [[-3e38, 1e-40]]).gradient).toEqual([[-1, 1]]);
    expect(valuesOf(abs, [[-Infinity, NaN]])).toEqual([Infinity, NaN]);
  });
});

describe('relu', () => {
  it('has derivative 0 at 0', () => {
    expect(outcome(relu, [[-2, 0, 3]])).toEqual({ value: 3, gradient: [[0, 0, 1]] });
  });

  it('lets the gradient pass at NaN, so that an overflow shows', () => {
    expect(outcome(relu, [[NaN, Infinity]]).gradient).toEqual([[1, 1]]);
  });
});

describe('detach', () => {
  it('keeps the values and passes no gradient', () => {
    const { value, gradient } = outcome((x) => detach(x).mul(x), [[2, -3]]);
    expect(value).toBe(13);
    expect(gradient).toEqual([[2, -3]]);
  });
});

describe('rowNorms', () => {
  it('are the square roots of sums of squares, with their gradient', () => {
    const found = deviation(
      ([x]) =>
        rowNorms(x as tf.Tensor2D)
          .mul([1, -2, 3])
          .sum(),
      ([x]) => norm(rowOf(x, 0)) - 2 * norm(rowOf(x, 1)) + 3 * norm(rowOf(x, 2)),
      [randomMatrix(1, 3, 4)],
    );
    expect(found.value).toBeLessThan(1e-6);
    expect(found.gradient).toBeLessThan(1e-6);
  });

  it('have gradient 0 at a zero row, and next to it the usual one', () => {
    expect(
      outcome(rowNorms, [
        [0, 0],
        [3, 4],
      ]),
    ).toEqual({
      value: 5,
      gradient: [
        [0, 0],
        [Math.fround(0.6), Math.fround(0.8)],
      ],
    });
  });

  it('count a row whose squares underflow as a zero row, as PyTorch does', () => {
    expect(outcome(rowNorms, [[1e-30, 0]])).toEqual({ value: 0, gradient: [[0, 0]] });
  });

  it('are infinite where the squares overflow', () => {
    expect(outcome(rowNorms, [[1e20, 0]]).value).toBe(Infinity);
  });
});

describe('the two normalizations', () => {
  const both = { normalizeRows, normalizeRowsClamped };
  const weights = [
    [1, -2, 0.5],
    [0.25, 3, -1],
  ];
  it.each(Object.entries(both))(
    '%s divides ordinary rows by their norms, with the gradient of that',
    (_, op) => {
      const found = deviation(
        ([x]) =>
          op(x as tf.Tensor2D)
            .mul(weights)
            .sum(),
        ([x = []]) => sum(x.map((row, r) => dot(row, rowOf(weights, r)) / norm(row))),
        [randomMatrix(2, 2, 3)],
      );
      expect(found.value).toBeLessThan(1e-6);
      expect(found.gradient).toBeLessThan(2e-6);
    },
  );

  it('leave a zero row zero, and multiply its gradient by one over their floor', () => {
    const zero = [[0, 0]];
    const dy = [[3, -4]];
    const seen = outcome(normalizeRows, zero, dy);
    const hidden = outcome(normalizeRowsClamped, zero, dy);
    expect([seen.value, hidden.value]).toEqual([0, 0]);
    [3, -4].forEach((entry, d) => {
      expect(entryOf(seen.gradient[0], d) / 1e12).toBeCloseTo(entry, 5);
      expect(entryOf(hidden.gradient[0], d) / 1e8).toBeCloseTo(entry, 5);
    });
  });

  it('below the floor: linear where differentiation sees the floor, else with the term through the norm', () => {
    // x = 1e-13 (0.6, 0.8) is below both floors; dy = (1, 0).
    const x = [[0.6e-13, 0.8e-13]];
    const seen = outcome(normalizeRows, x, [[1, 0]]).gradient[0];
    expect(entryOf(seen, 0) / 1e12).toBeCloseTo(1, 5);
    expect(entryOf(seen, 1) / 1e12).toBeCloseTo(0, 5);
    // dy / n - (value . dy) / n x / |x| with n = 1e-8 and value = x / n
    const hidden = outcome(normalizeRowsClamped, x, [[1, 0]]).gradient[0];
    const through = 0.6e-13 / 1e-8;
    expect(entryOf(hidden, 0) / 1e8).toBeCloseTo(1 - through * 0.6, 5);
    // 4.8e-6 of 1e8 is too small for toBeCloseTo next to 1, so it has its own check.
    expect(entryOf(hidden, 1) / (-1e8 * through * 0.8)).toBeCloseTo(1, 3);
  });
});

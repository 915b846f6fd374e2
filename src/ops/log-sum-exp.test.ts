import type * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomMatrix } from '../testing/matrices.js';
import { logSumExp as plain, rowOf, softmax } from '../testing/plain-math.js';
import { logSumExp } from './log-sum-exp.js';

const outcome = (x: Matrix) => {
  const { value, gradients } = tensorOutcome(([input]) => logSumExp(input as tf.Tensor2D).sum(), [x]);
  return { value, gradient: gradients[0]?.[0] ?? [] };
};

describe('logSumExp', () => {
  it('is log(sum(exp)) of each row, with the softmax as gradient', () => {
    const x = randomMatrix(1, 2, 5);
    const found = deviation(
      ([input]) =>
        logSumExp(input as tf.Tensor2D)
          .mul([1, -3])
          .sum(),
      ([input]) => plain(rowOf(input, 0)) - 3 * plain(rowOf(input, 1)),
      [x],
    );
    expect(found.value).toBeLessThan(1e-6);
    expect(found.gradient).toBeLessThan(1e-6);
    softmax(rowOf(x, 0)).forEach((share, i) => {
      expect(outcome([rowOf(x, 0)]).gradient[i]).toBeCloseTo(share, 6);
    });
  });

  it('neither overflows nor underflows', () => {
    expect(outcome([[1e30, 1e30]])).toEqual({ value: Math.fround(1e30), gradient: [0.5, 0.5] });
    expect(outcome([[1000, 0]])).toEqual({ value: 1000, gradient: [1, 0] });
    const low = outcome([[-1000, -1000]]);
    expect(low.value).toBeCloseTo(-1000 + Math.log(2), 3);
    expect(low.gradient[0]).toBeCloseTo(0.5, 4);
  });

  it('ignores entries of -Infinity', () => {
    const { value, gradient } = outcome([[-Infinity, 2, -Infinity, 2]]);
    expect(value).toBeCloseTo(2 + Math.log(2), 6);
    expect(gradient.map((entry) => Math.round(entry * 1e6) / 1e6)).toEqual([0, 0.5, 0, 0.5]);
  });

  it('is -Infinity for a row of -Infinity', () => {
    expect(outcome([[-Infinity, -Infinity]]).value).toBe(-Infinity);
  });

  it('is Infinity if an entry is, and NaN if one is NaN', () => {
    expect(outcome([[Infinity, 1]]).value).toBe(Infinity);
    expect(outcome([[NaN, 1]]).value).toBeNaN();
  });
});

import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { max } from './max.js';

const gradientOf = (op: (x: tf.Tensor2D) => tf.Tensor, x: number[][]): number[][] =>
  tf.tidy(() =>
    (tf.grad((given) => op(given as tf.Tensor2D).sum())(tf.tensor2d(x)) as tf.Tensor2D).arraySync(),
  );

describe('max', () => {
  it('gives the gradient to the first of equal maxima', () => {
    expect(gradientOf((x) => max(x, 1), [[1, 3, 3]])).toEqual([[0, 1, 0]]);
    expect(gradientOf((x) => max(x, 0), [[2], [2]])).toEqual([[1], [0]]);
  });

  it('gives the gradient to the first NaN, which is the maximum', () => {
    expect(gradientOf((x) => max(x, 1), [[Infinity, NaN, NaN]])).toEqual([[0, 1, 0]]);
  });
});

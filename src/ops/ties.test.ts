import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { max } from './max.js';
import { maximum } from './maximum.js';
import { topK } from './top-k.js';

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

describe('maximum', () => {
  it('halves the gradient where both are equal', () => {
    const [a, b] = tf.grads((x, y) => maximum(x, y).sum())([tf.tensor1d([1, 2, 3]), tf.tensor1d([2, 2, 1])]);
    expect([a?.arraySync(), b?.arraySync()]).toEqual([
      [0, 0.5, 1],
      [1, 0.5, 0],
    ]);
  });
});

describe('topK', () => {
  it('takes the largest of each row, of equal ones the first, and gives them the gradient', () => {
    const x = tf.tensor2d([[1, 5, 5, 2]]);
    expect(topK(x, 2).indices.arraySync()).toEqual([[1, 2]]);
    expect(gradientOf((given) => topK(given, 2).values.mul([10, 20]), [[1, 5, 5, 2]])).toEqual([
      [0, 10, 20, 0],
    ]);
  });

  it('makes nothing but its two results', () => {
    const x = tf.tensor2d([[1, 5, 5, 2]]);
    const before = tf.memory().numTensors;
    tf.dispose(Object.values(topK(x, 2)));
    expect(tf.memory().numTensors).toBe(before);
  });
});

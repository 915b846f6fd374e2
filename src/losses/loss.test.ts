import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { lossComponents, totalLoss } from './loss.js';

describe('totalLoss', () => {
  it('is a scalar itself, or the sum of components with their gradients', () => {
    const scalar = tf.scalar(3);
    expect(totalLoss(scalar)).toBe(scalar);
    const x = tf.scalar(2);
    const gradient = tf.grad((y) =>
      totalLoss({ square: y.square().asScalar(), double: y.mul(2).asScalar() }),
    )(x);
    expect(gradient.dataSync()[0]).toBe(6);
    expect(totalLoss({ a: tf.scalar(1), b: tf.scalar(2.5) }).dataSync()[0]).toBe(3.5);
  });
});

describe('lossComponents', () => {
  it('calls a scalar base_loss, and keeps named components', () => {
    const scalar = tf.scalar(3);
    expect(lossComponents(scalar)).toEqual({ base_loss: scalar });
    const components = { near: scalar, far: scalar };
    expect(lossComponents(components)).toBe(components);
  });
});

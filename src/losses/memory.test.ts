import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { exampleEmbeddings, LOSS_EXAMPLES } from '../testing/every-loss.js';
import { totalLoss } from './loss.js';

describe.each(LOSS_EXAMPLES)('$name', (example) => {
  it('leaves no tensor behind but its value', () => {
    const inputs = exampleEmbeddings(example);
    const labels = example.labels?.();
    const before = tf.memory().numTensors;
    const value = example.compute(inputs, labels);
    const returned = value instanceof tf.Tensor ? [value] : Object.values(value);
    expect(tf.memory().numTensors - before).toBe(returned.length);
    tf.dispose([value, inputs, labels]);
  });

  it('leaves no tensor behind but its value and gradients', () => {
    const inputs = exampleEmbeddings(example);
    const labels = example.labels?.();
    const before = tf.memory().numTensors;
    const { value, grads } = tf.valueAndGrads((...tensors) =>
      totalLoss(example.compute(tensors as tf.Tensor2D[], labels)),
    )(inputs);
    expect(tf.memory().numTensors - before).toBe(1 + inputs.length);
    tf.dispose([value, grads, inputs, labels]);
  });

  it('leaves no tensor behind where it throws', () => {
    const inputs = exampleEmbeddings(example);
    const integers = inputs.map((input) => input.toInt());
    const labels = example.labels?.();
    const before = tf.memory().numTensors;
    expect(() => example.compute(integers, labels)).toThrow(InputError);
    expect(() => tf.grads(() => totalLoss(example.compute([], labels)))(inputs)).toThrow(InputError);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([inputs, integers, labels]);
  });
});

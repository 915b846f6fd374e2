import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { exampleEmbeddings, LOSS_EXAMPLES, type LossExample } from '../testing/every-loss.js';
import { passThroughModel } from '../testing/models.js';
import { totalLoss } from './loss.js';
import { SparseCoSENTLoss } from './sparse-cosent-loss.js';

/** From here on, as with WebGPU, values can be awaited but not read synchronously. */
function forbidSynchronousReads(): void {
  vi.spyOn(tf.engine(), 'readSync').mockImplementation(() => {
    throw new Error('this backend has no synchronous read');
  });
  Object.assign(tf.backend(), { hasValues: () => false });
}

afterEach(() => {
  vi.restoreAllMocks();
  Reflect.deleteProperty(tf.backend(), 'hasValues');
});

/** The value and the gradients of an example. */
async function outcomeOf(example: LossExample): Promise<number[][]> {
  const inputs = exampleEmbeddings(example);
  const labels = example.labels?.();
  const { value, grads } = tf.valueAndGrads((...tensors) =>
    totalLoss(example.compute(tensors as tf.Tensor2D[], labels)),
  )(inputs);
  const read = async (tensor: tf.Tensor): Promise<number[]> => Array.from(await tensor.data());
  const numbers = await Promise.all([value, ...grads].map(read));
  tf.dispose([value, grads, inputs, labels]);
  return numbers;
}

describe('without synchronous reads', () => {
  it('dataSync throws, so that the tests below mean something', () => {
    forbidSynchronousReads();
    expect(() => tf.scalar(1).dataSync()).toThrow('no synchronous read');
  });

  it.each(LOSS_EXAMPLES)('$name gives the same value and gradients', async (example) => {
    const expected = await outcomeOf(example);
    forbidSynchronousReads();
    expect(await outcomeOf(example)).toEqual(expected);
  });

  it('labels whose values are not at hand are not checked, but labels of a wrong shape are', () => {
    const loss = new SparseCoSENTLoss(passThroughModel());
    const embeddings = [tf.ones<tf.Rank.R2>([2, 3]), tf.ones<tf.Rank.R2>([2, 3])];
    forbidSynchronousReads();
    expect(() => loss.computeLossFromEmbeddings(embeddings, tf.tensor1d([NaN, 1]))).not.toThrow();
    expect(() => loss.computeLossFromEmbeddings(embeddings, tf.zeros([3]))).toThrow(
      /labels have shape \[3\]/,
    );
  });
});

import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { klDivergence } from './kl-divergence.js';

/** sum p (log p - log q) of one row in float64, and its derivative with respect to the logits. */
function exact(logits: number[], target: number[]): { value: number; slope: number[] } {
  const logSoftmax = (x: number[]): number[] => {
    const max = Math.max(...x);
    const total = Math.log(x.reduce((sum, value) => sum + Math.exp(value - max), 0));
    return x.map((value) => value - max - total);
  };
  const logQ = logSoftmax(logits);
  const logP = logSoftmax(target);
  const terms = logP.map((l, i) => (l === -Infinity ? 0 : Math.exp(l) * (l - (logQ[i] ?? 0))));
  return {
    value: terms.reduce((a, b) => a + b, 0),
    slope: logQ.map((l, i) => Math.exp(l) - Math.exp(logP[i] ?? 0)),
  };
}

async function ours(logits: number[], target: number[]): Promise<{ value: number; slope: number[] }> {
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
    klDivergence(x as tf.Tensor2D, tf.tensor2d([target])).sum(),
  )(tf.tensor2d([logits]));
  return { value: (await value.data())[0] ?? Number.NaN, slope: [...(await grad.data())] };
}

const rounded = (values: number[]): number[] => values.map(Math.fround);

describe('the KL divergence', () => {
  it.each([
    ['far apart', 2e-5, [3, -2, 0.5, 9], [0.1, 4, 2, 0]],
    ['near each other', 2e-5, [0.1, 0.3, 0, 0.2], [0.12, 0.28, 0.01, 0.2]],
    ['a hair apart', 2e-3, [0.1, 0.3, 0, 0.2], [0.1001, 0.3, 0, 0.2]],
    ['near each other and large', 2e-5, [512.1, 512.3, 512], [0.12, 0.28, 0.01]],
    ['with a candidate left out', 2e-5, [1, 2, 3], [0.5, -Infinity, 0.1]],
    ['with a candidate that the student gives up', 2e-5, [0, -200, 0], [0.5, 0.6, 0.1]],
  ])('has accurate values and gradients for scores %s', async (_, precision, logits, target) => {
    const [x, t] = [rounded(logits), rounded(target)];
    const expected = exact(x, t);
    const found = await ours(x, t);
    expect(Math.abs(found.value / expected.value - 1)).toBeLessThan(precision);
    const scale = Math.max(...expected.slope.map(Math.abs));
    found.slope.forEach((value, i) =>
      expect(Math.abs(value - (expected.slope[i] ?? 0)) / scale).toBeLessThan(precision),
    );
  });

  it('is exactly 0 with gradient 0 where the scores differ by a constant', async () => {
    const { value, slope } = await ours([1, 2, 4], [3, 4, 6]);
    expect([value, ...slope].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });

  it('passes nothing back into the target', () => {
    const logits = tf.tensor2d([[1, 2]]);
    const gradient = (): tf.Tensor =>
      tf.grad((target) => klDivergence(logits, target as tf.Tensor2D).sum())(tf.tensor2d([[2, 1]]));
    expect(gradient).toThrow(/Cannot compute gradient/);
  });
});

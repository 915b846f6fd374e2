import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.js';
import { compile } from '../compile/compile.js';
import { setEngine } from '../set-engine.js';

beforeAll(() => setEngine('onnx', { threads: 1 }));
afterAll(() => setEngine('onnx', {}));

describe('a function that depends on a size in a way that no dimension expresses', () => {
  const here = /size-dependent\.test\.[jt]s:\d+/;

  async function refusal(fn: (x: tf.Tensor2D) => tf.Tensor): Promise<Error> {
    const compiled = compile(fn, { name: 'irregular', dimensions: [['batch', 'length']] });
    return await compiled(tf.ones([2, 3])).then(
      () => expect.fail('nothing was refused'),
      (error: unknown) => error as Error,
    );
  }

  it.each<[string, string, (x: tf.Tensor2D) => tf.Tensor]>([
    [
      'runs a loop over it',
      'op add',
      (x) => {
        let sum: tf.Tensor = x;
        for (let step = 0; step < x.shape[1]; step++) sum = tf.add(sum, 2);
        return tf.exp(sum);
      },
    ],
    ['makes a tensor of its fourth power', 'op sum', (x) => tf.sum(tf.ones([x.shape[1] ** 4]))],
    ['rounds its half', 'op slice', (x) => tf.slice(x, [0, 0], [-1, Math.floor(x.shape[1] / 2)])],
    ['takes its root', 'op div', (x) => tf.div(x, Math.sqrt(x.shape[1]))],
    [
      'makes a list of it',
      'op add',
      (x) => tf.add(x, tf.tensor1d(Array.from({ length: x.shape[1] }, (_, at) => at ** 2))),
    ],
    [
      'chooses another operand',
      'op sub',
      (x) => {
        const [a, b] = [tf.exp(x), tf.abs(x)];
        return tf.mul(tf.add(a, b), x.shape[1] % 3 === 1 ? tf.sub(a, b) : tf.sub(b, a));
      },
    ],
    ['chooses another op', 'op ', (x) => (x.shape[1] % 3 === 1 ? tf.exp(x) : tf.abs(x))],
    ['chooses another axis', 'op sum', (x) => tf.sum(x, x.shape[1] % 3 === 1 ? 0 : 1)],
  ])('is refused with the op and the line: one that %s', async (_, op, fn) => {
    const error = await refusal(fn);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain(op);
    expect(error.message).toMatch(here);
  });

  it('is refused without naming the trial sizes: one that throws at them', async () => {
    const error = await refusal((x) => {
      if (x.shape[1] > 3) throw new RangeError(`${x.shape[1]} columns are too many`);
      return x;
    });
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/all sizes of batch, length.*ran at the sizes of this call.*RangeError/);
    expect(error.message).not.toMatch(/\d/);
    expect(error.cause).toBeInstanceOf(RangeError);
  });
});

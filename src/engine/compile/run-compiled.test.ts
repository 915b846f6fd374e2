import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { setEngine } from '../set-engine.js';
import { compile } from './compile.js';

beforeEach(async () => {
  tf.disposeVariables();
  await setEngine('onnx');
});

const numbers = async (tensor: tf.Tensor): Promise<number[]> => Array.from(await tensor.data());

describe('variables', () => {
  test('an optimizer inside of a compiled step gives the same as on the cpu engine', async () => {
    const trajectories: number[][][] = [];
    for (const engine of ['cpu', 'onnx'] as const) {
      await setEngine(engine);
      tf.disposeVariables();
      const weight = tf.variable(tf.tensor2d([[1, -2, 3]]));
      const optimizer = tf.train.adam(0.1);
      const step = compile(
        (x: tf.Tensor2D, y: tf.Tensor2D) =>
          optimizer.minimize(() => x.matMul(weight, false, true).sub(y).square().mean(), true) as tf.Scalar,
        { name: 'step' },
      );
      const trajectory: number[][] = [];
      for (let round = 0; round < 6; round++) {
        const loss = await step(tf.tensor2d([[round, 1, 2]]), tf.tensor2d([[round]]));
        trajectory.push([...(await numbers(loss)), ...(await numbers(weight))]);
      }
      trajectories.push(trajectory);
    }
    const [expected = [], found = []] = trajectories;
    expect(found).toHaveLength(6);
    for (const [round, row] of found.entries()) {
      for (const [at, number] of row.entries()) expect(number).toBeCloseTo(expected[round]?.[at] ?? NaN, 4);
    }
  });

  test('a learning rate in a variable may change from call to call', async () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const rate = tf.variable(tf.scalar(0.5));
    let recorded = 0;
    const step = compile(
      () => {
        recorded++;
        const { grads, value } = tf.variableGrads(() => weight.square().sum(), [weight]);
        weight.assign(weight.sub(rate.mul(grads[weight.name] as tf.Tensor)));
        return value;
      },
      { name: 'step' },
    );
    expect(await numbers(await step())).toEqual([5]);
    expect(await numbers(weight)).toEqual([0, 0]);
    weight.assign(tf.tensor1d([1, 2]));
    rate.assign(tf.scalar(0.25));
    await step();
    expect(await numbers(weight)).toEqual([0.5, 1]);
    expect(recorded).toBe(1);
  });

  test('a function whose variable is disposed is recorded again', async () => {
    let weight = tf.variable(tf.tensor1d([1, 2]));
    const step = compile((x: tf.Tensor) => weight.mul(x), { name: 'step' });
    const x = tf.scalar(2);
    expect(await numbers(await step(x))).toEqual([2, 4]);
    weight.dispose();
    await expect(step(x)).rejects.toThrow('Tensor is disposed');
    weight = tf.variable(tf.tensor1d([5, 6]));
    expect(await numbers(await step(x))).toEqual([10, 12]);
  });

  test('a variable that is disposed during a call stays disposed', async () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const step = compile(() => weight.assign(weight.add(1)), { name: 'step' });
    await step();
    const before = tf.memory().numTensors;
    const pending = step();
    weight.dispose();
    await pending;
    expect([weight.isDisposed, tf.memory().numTensors]).toEqual([true, before - 1]);
  });

  test('made in a function of named dimensions, they are made once', async () => {
    const optimizer = tf.train.momentum(0.5, 0.5);
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const step = compile(
      (x: tf.Tensor) =>
        optimizer.minimize(() => x.mul(weight).sum().square() as tf.Scalar, true) as tf.Scalar,
      { name: 'step', dimensions: [['batch', null]] },
    );
    const losses: number[] = [];
    for (const rows of [1, 2, 3]) losses.push(...(await numbers(await step(tf.ones([rows, 2]).div(rows)))));
    const trajectory: number[] = [];
    // w = (1, 2), velocity 0: gradient g = 2 * sum(w) of both; velocity = velocity / 2 + g; w -= velocity / 2.
    for (let [sum, velocity, round] = [3, 0, 0]; round < 3; round++) {
      trajectory.push(sum ** 2);
      velocity = velocity / 2 + 2 * sum;
      sum -= velocity;
    }
    expect(losses.map((loss) => Math.round(loss * 1e4) / 1e4)).toEqual(trajectory);
  });
});

describe('calls that are not awaited', () => {
  test('run in their order: each finds the variables as the one before left them', async () => {
    const count = tf.variable(tf.scalar(0));
    const next = compile(
      (by: tf.Tensor) => {
        count.assign(count.add(by));
        return count.mul(1);
      },
      { name: 'next' },
    );
    const results = await Promise.all([1, 10, 100, 1000].map((by) => next(tf.scalar(by))));
    expect((await Promise.all(results.map(numbers))).flat()).toEqual([1, 11, 111, 1111]);
    expect(await numbers(count)).toEqual([1111]);
  });

  test('keep their arguments, also when those are disposed before they run', async () => {
    const size = 2 ** 15;
    const twice = compile((x: tf.Tensor, y: tf.Tensor) => x.mul(2).add(y).sub(y), { name: 'twice' });
    const pending: Promise<tf.Tensor>[] = [];
    for (let index = 0; index < 8; index++) {
      const computed = tf.range(0, size).add(index);
      await computed.data();
      const result = await twice(computed, computed);
      // This buffer is in the pool, and nobody else uses it.
      computed.dispose();
      pending.push(twice(result, result));
      result.dispose();
    }
    for (const [index, result] of (await Promise.all(pending)).entries()) {
      const found = await result.data();
      expect([found[0], found[size - 1]]).toEqual([index * 4, (index + size - 1) * 4]);
    }
  });

  test('a first call is recorded when it is made, where no other call is under way', async () => {
    let factor = 2;
    const scaled = compile((x: tf.Tensor) => x.mul(factor), { name: 'scaled' });
    const pending = scaled(tf.scalar(5));
    factor = 3;
    expect(await numbers(await pending)).toEqual([10]);
  });
});

test('a result may be the next argument, with the variables it was computed from assigned meanwhile', async () => {
  const size = 2 ** 15;
  const shift = tf.variable(tf.ones([size]));
  const next = compile(
    (x: tf.Tensor) => {
      shift.assign(shift.add(1));
      return x.add(shift);
    },
    { name: 'next' },
  );
  let x: tf.Tensor = tf.zeros([size]);
  for (let round = 0; round < 10; round++) {
    const result = await next(x);
    x.dispose();
    x = result;
  }
  const found = await x.data();
  expect([found[0], found[size - 1]]).toEqual([65, 65]);
});

test('gradients that a function defines itself are recorded with it', async () => {
  const clipped = tf.customGrad((...args: unknown[]) => {
    const x = args[0] as tf.Tensor;
    (args[1] as (tensors: tf.Tensor[]) => void)([x]);
    return {
      value: x.square(),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => dy.mul(saved as tf.Tensor).mul(10),
    };
  });
  const gradient = compile((x: tf.Tensor) => tf.valueAndGrads((y: tf.Tensor) => clipped(y).sum())([x]), {
    name: 'gradient',
  });
  for (const input of [2, 3]) {
    const { value, grads } = await gradient(tf.tensor1d([input, 1]));
    expect(await numbers(value)).toEqual([input ** 2 + 1]);
    expect(await Promise.all(grads.map(numbers))).toEqual([[input * 10, 10]]);
  }
});

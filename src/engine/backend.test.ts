import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { sharedRuntime } from './runtime/runtime.js';
import { setEngine } from './set-engine.js';

beforeEach(() => setEngine('onnx'));

describe('tf.time', () => {
  test('measures recording and computing what the function makes', async () => {
    let product: tf.Tensor | undefined;
    const { kernelMs, wallMs } = await tf.time(() => {
      product = tf.tidy(() =>
        tf
          .ones<tf.Rank.R2>([200, 200])
          .matMul(tf.ones([200, 200]))
          .mul(2),
      );
    });
    expect(kernelMs).toBeGreaterThan(0);
    expect(kernelMs).toBeLessThanOrEqual(wallMs);
    // It has been computed: it can be read at once.
    expect(product?.dataSync()[0]).toBe(400);
  });

  test('of each kernel appears in tf.profile, without synchronous reads', async () => {
    const { kernels, result } = await tf.profile(() => tf.tensor1d([1, 2]).square().sum());
    expect(kernels.map(({ name }) => name)).toEqual(['Square', 'Sum']);
    for (const { kernelTimeMs } of kernels) expect(await kernelTimeMs).toBeGreaterThan(0);
    expect(await (result as tf.Tensor).data()).toEqual(Float32Array.of(5));
  });
});

describe('tensors', () => {
  test('keep their numbers when the array they were made from changes', async () => {
    const numbers = Float32Array.of(1, 2);
    const x = tf.tensor1d(numbers);
    numbers[0] = 7;
    expect(await x.add(0).data()).toEqual(Float32Array.of(1, 2));
  });

  test('that are clones of each other share their data until the last one goes', async () => {
    const x = tf.tidy(() => tf.range(0, 50_000).add(1));
    const before = tf.backend().numDataIds();
    const clone = x.clone();
    expect(tf.backend().numDataIds()).toBe(before);
    await clone.data();
    x.dispose();
    await tf.tidy(() => tf.range(0, 50_000).neg()).data();
    expect((await clone.data())[49_999]).toBe(50_000);
    clone.dispose();
  });

  test('can be disposed after operations on them were recorded, and after they were requested', async () => {
    const x = tf.tensor1d([1, 2]);
    const y = x.square();
    x.dispose();
    const z = y.neg();
    const reading = y.data();
    y.dispose();
    expect(await z.data()).toEqual(Float32Array.of(-1, -4));
    expect(await reading).toEqual(Float32Array.of(1, 4));
  });

  test('of another engine are moved when they are used', async () => {
    await setEngine('cpu');
    const x = tf.tensor1d([1, 2]).square();
    await setEngine('onnx');
    expect(await x.add(tf.tensor1d([1, 1])).data()).toEqual(Float32Array.of(2, 5));
  });

  test('that are read while others are computed are not computed twice', async () => {
    const x = tf.tensor1d([1, 2]).square();
    const first = x.neg().data();
    await Promise.resolve();
    await Promise.resolve();
    const found = await Promise.all([first, x.data(), x.add(1).data()]);
    expect(found).toEqual([Float32Array.of(-1, -4), Float32Array.of(1, 4), Float32Array.of(2, 5)]);
    expect(await x.data()).toBe(found[1]);
  });
});

test('a backend that is removed leaves no sessions and no arrays behind', async () => {
  await tf.range(0, 50_000).neg().data();
  tf.removeBackend('onnx');
  const { sessions, pool } = sharedRuntime();
  expect([sessions.size, pool.idleBytes]).toEqual([0, 0]);
});

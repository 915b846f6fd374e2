import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test, vi } from 'vitest';
import { compile } from '../../compile/compile.js';
import { setEngine } from '../../set-engine.js';
import { loadOrt } from '../ort.js';
import { BackgroundSession } from './background-session.js';

afterEach(() => vi.restoreAllMocks());

/** [1100, 1000], 4.2 MiB. */
const weights = (): tf.Tensor2D => tf.range(0, 1_100_000).mod(7).reshape([1100, 1000]);

test('a large frozen program runs in a thread and gives the same as in this thread', async () => {
  await setEngine('onnx');
  const create = vi.spyOn(BackgroundSession, 'create');
  const weight = weights();
  const product = (x: tf.Tensor): tf.Tensor => tf.matMul(x, weight);
  const dimensions = [['batch', null]];
  const here = compile(product, { name: 'here', dimensions });
  const there = compile(product, { name: 'there', dimensions, frozen: true });
  for (const batch of [1, 3]) {
    const x = tf
      .range(0, batch * 1100)
      .reshape([batch, 1100])
      .mod(3);
    const [expected, found] = [await here(x), await there(x)];
    expect(found.shape).toEqual([batch, 1000]);
    expect(await found.data()).toEqual(await expected.data());
  }
  expect(create).toHaveBeenCalledTimes(1);
  await there.dispose();
});

test('the event loop goes on while a session runs', async () => {
  await setEngine('onnx');
  const weight = weights();
  const slow = compile(
    (x: tf.Tensor) => {
      let y = x as tf.Tensor2D;
      for (let round = 0; round < 30; round++) {
        y = tf.matMul(tf.matMul(y, weight).relu(), weight, false, true).relu().mul(1e-6);
      }
      return y;
    },
    { name: 'slow', frozen: true, dimensions: [['batch', null]] },
  );
  const x = tf.ones([256, 1100]);
  await slow(x);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const start = performance.now();
  await slow(x);
  const took = performance.now() - start;
  clearInterval(timer);
  // In this thread there would be only the first and the last turn.
  expect(turns).toBeGreaterThan(Math.min(10, took / 50));
  await slow.dispose();
});

test('the messages of ONNX Runtime about a model come through', async () => {
  await expect(BackgroundSession.create(new Uint8Array([1, 2, 3]), {})).rejects.toThrow(/protobuf|model/i);
  const ort = await loadOrt();
  const session = await BackgroundSession.create('fixtures/missing.onnx', {}).catch(
    (error: unknown) => error,
  );
  expect(session).toBeInstanceOf(Error);
  expect((session as Error).message).toMatch(/missing\.onnx/);
  expect(ort.InferenceSession).toBeDefined();
});

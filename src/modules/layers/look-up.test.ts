import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { lookUp } from './look-up.js';

const IDS = [3, 0, 3, 2, 0, 3];
const UPSTREAM = [
  [1, 2],
  [10, 20],
  [3, 4],
  [5, 6],
  [30, 40],
  [7, 8],
];

async function gradientOf(upstream: readonly (readonly number[])[], padding?: number): Promise<unknown> {
  const gradient = tf.grad((table: tf.Tensor) => lookUp(table, tf.tensor1d(IDS, 'int32'), padding));
  return gradient(tf.ones([4, 2]), tf.tensor2d(upstream.map((row) => [...row]))).array();
}

test.each(['cpu', 'onnx'] as const)('a row gets the gradients of all its places: %s', async (engine) => {
  await setEngine(engine);
  expect(await gradientOf(UPSTREAM)).toEqual([
    [40, 60],
    [0, 0],
    [5, 6],
    [11, 14],
  ]);
});

test.each(['cpu', 'onnx'] as const)(
  'the row of the padding gets none, whatever comes from there: %s',
  async (engine) => {
    await setEngine(engine);
    const upstream = UPSTREAM.map((row, place) => (IDS[place] === 3 ? [NaN, Infinity] : row));
    expect(await gradientOf(upstream, 3)).toEqual([
      [40, 60],
      [0, 0],
      [5, 6],
      [0, 0],
    ]);
  },
);

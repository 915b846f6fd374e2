import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, test } from 'vitest';
import { UsageError } from '../../errors.js';
import { decodeModel } from '../../onnx/read.js';
import { setEngine } from '../set-engine.js';
import { compile } from './compile.js';

beforeEach(() => setEngine('onnx'));

const dimensions = [['batch', null]];
/** [200, 100], in turns 0 and a value. */
const weights = (value: number): tf.Variable =>
  tf.variable(
    tf.tensor2d(
      Float32Array.from({ length: 20_000 }, (_, index) => (index % 200 < 100 ? 0 : value)),
      [200, 100],
    ),
  );

test('a frozen program holds its variables, whatever their size, and has no inputs but its arguments', async () => {
  const weight = weights(2);
  const scores = compile((x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, weight as tf.Variable<tf.Rank.R2>), {
    name: 'scores',
    dimensions,
    frozen: true,
  });
  const first = await scores(tf.ones([3, 200]));
  weight.assign(tf.ones([200, 100]).mul(5));
  const second = await scores(tf.ones([4, 200]));
  expect((await first.data())[0]).toBe(200);
  expect((await second.data())[0]).toBe(200);
  expect((await weight.data())[100]).toBe(5);
  const { graph } = decodeModel(scores.model());
  expect(graph.inputs.map(({ name }) => name)).toEqual(['arg_0']);
  expect(graph.initializers.map(({ tensor }) => tensor.dims)).toEqual([[200, 100]]);
});

test('a frozen function may not assign variables, and leaves them as they are', async () => {
  const weight = weights(2);
  const step = compile((x: tf.Tensor) => weight.assign(weight.add(x)), { name: 'step', frozen: true });
  await expect(step(tf.scalar(1))).rejects.toThrow(UsageError);
  await expect(step(tf.scalar(1))).rejects.toThrow(/step is frozen.*assigns the variable/);
  expect((await weight.data())[100]).toBe(2);
});

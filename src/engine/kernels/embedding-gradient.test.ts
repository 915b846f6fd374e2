import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { decodeModel } from '../../onnx/read.js';
import { compile } from '../compile/compile.js';
import { ProgramError } from '../errors.js';
import { registerOnnxBackend } from '../register.js';

beforeAll(async () => {
  registerOnnxBackend();
  await tf.setBackend('onnx');
});

test('an embedding table receives the sum over every position of a token, however many', async () => {
  const [vocabulary, tokens, width] = [3000, 2048, 64];
  // Half of the positions are padding. Several threads must not lose a sum there.
  const ids = Int32Array.from({ length: tokens }, (_, at) => (at % 2 === 0 ? 0 : (at * at) % vocabulary));
  const upstream = Float32Array.from({ length: tokens * width }, (_, at) => (at % 13) - 6);
  const expected = new Float32Array(vocabulary * width);
  ids.forEach((id, at) => {
    for (let d = 0; d < width; d++) {
      const to = id * width + d;
      expected[to] = (expected[to] ?? 0) + (upstream[at * width + d] ?? 0);
    }
  });

  const gradient = tf.grad((table: tf.Tensor) => tf.gather(table, tf.tensor1d(ids, 'int32')));
  const found = gradient(tf.zeros([vocabulary, width]), tf.tensor2d(upstream, [tokens, width]));
  expect(await found.data()).toEqual(expected);
});

test('of several updates of one position the last one stays', async () => {
  const count = 20_000;
  const zeros = tf.zeros([10, 4]);
  const rows = tf.tensor2d(
    Array.from({ length: count }, (_, at) => at % 10),
    [count, 1],
    'int32',
  );
  const updates = tf.range(0, count).reshape([count, 1]).tile([1, 4]);
  const found = tf.tensorScatterUpdate(zeros, rows, updates).slice([0, 0], [10, 1]);
  expect([...(await found.data())]).toEqual(Array.from({ length: 10 }, (_, at) => count - 10 + at));
});

test.for([
  ['gather', () => tf.gather(tf.ones([3, 2]), tf.tensor1d([0, -1], 'int32')), 'GatherV2: the index value -1'],
  ['gatherND', () => tf.gatherND(tf.ones([3, 2]), [[0, 2]]), 'GatherNd: the index value 2 is not in [0, 1]'],
  ['scatterND', () => tf.scatterND([[3]], [[1, 1]], [3, 2]), 'ScatterNd: the index value 3 is not in [0, 2]'],
] as const)('%s refuses a known index outside its axis when it is recorded', ([, record, message]) => {
  expect(record).toThrow(message);
});

test('an index that the program computes is refused when it runs', async () => {
  const places = tf.tensor1d([1, 2], 'int32').mul(tf.scalar(2, 'int32')) as tf.Tensor1D;
  await expect(tf.gather(tf.ones([3, 2]), places).data()).rejects.toThrow(ProgramError);
});

test('two uses of a table add their rows to one tensor, which is filled with zeros once', async () => {
  const both = (table: tf.Tensor): tf.Tensor =>
    tf.gather(table, tf.tensor1d([0, 2, 2], 'int32')).add(tf.gather(table, tf.tensor1d([2, 1, 1], 'int32')));
  const table = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  const gradient = compile((x: tf.Tensor) => tf.grad(both)(x), { name: 'gradient' });
  expect([...(await (await gradient(table)).data())]).toEqual([1, 1, 2, 2, 3, 3]);
  const { nodes } = decodeModel(gradient.model()).graph;
  expect(nodes.filter(({ op }) => op === 'ScatterElements')).toHaveLength(2);
  expect(nodes.filter(({ op }) => op === 'Add')).toEqual([]);
  await gradient.dispose();
});

import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OnnxGraph } from '../../onnx/model.js';
import { decodeModel } from '../../onnx/read.js';
import { maxLogits } from '../../ops/max-logits.js';
import { compile } from '../compile/compile.js';
import { setEngine } from '../set-engine.js';

beforeAll(() => setEngine('onnx'));
afterAll(() => setEngine('onnx', {}));

/** The stored shape of the first output of each node of an operator. */
function shapesOf({ nodes, valueInfo = [] }: OnnxGraph, op: string): unknown[] {
  const stored = new Map(valueInfo.map(({ name, dims }) => [name, dims]));
  return nodes.filter((node) => node.op === op).map(({ outputs }) => stored.get(outputs[0] ?? ''));
}

it('are those of tensors, in the names of the dimensions, since ONNX Runtime cannot tell many of them', async () => {
  const compiled = compile((x: tf.Tensor) => x.reshape([-1]).exp().reshape(x.shape).sum(1).tanh().mul(2), {
    name: 'tensors',
    dimensions: [['batch', 'length']],
  });
  tf.dispose(await compiled(tf.ones([2, 3])));
  const { graph } = decodeModel(compiled.model());
  expect(shapesOf(graph, 'Exp')).toEqual([['batch*length']]);
  expect(shapesOf(graph, 'Tanh')).toEqual([['batch']]);
  // The output of the program has its shape there.
  expect(shapesOf(graph, 'Mul').at(-1)).toBeUndefined();
  await compiled.dispose();
});

it('leave out what only a run knows, such as the number of positive maxima', async () => {
  const decoder = tf.randomNormal([9, 4]) as tf.Tensor2D;
  const compiled = compile(
    (states: tf.Tensor, mask: tf.Tensor) =>
      tf.grad((h: tf.Tensor) =>
        maxLogits(h as tf.Tensor3D, decoder, mask as tf.Tensor2D, { termsAtATime: 4 })
          .relu()
          .log1p()
          .square()
          .sum(),
      )(states.mul(1)),
    {
      name: 'positive',
      dimensions: [
        ['batch', 'length', null],
        ['batch', 'length'],
      ],
    },
  );
  for (const [batch, length] of [
    [2, 3],
    [5, 1],
    [1, 7],
  ] as const) {
    const states = tf.randomNormal([batch, length, 4]);
    const mask = tf.ones([batch, length], 'int32');
    const found = await compiled(states, mask);
    expect(found.shape).toEqual([batch, length, 4]);
    tf.dispose([states, mask, found]);
  }
  const { graph } = decodeModel(compiled.model());
  const found = shapesOf(graph, 'NonZero');
  expect(found.length).toBeGreaterThan(0);
  expect(found.every((shape) => shape === undefined)).toBe(true);
  await compiled.dispose();
});

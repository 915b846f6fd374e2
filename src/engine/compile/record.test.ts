import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { setEngine } from '../set-engine.js';
import { compile } from './compile.js';

beforeAll(() => setEngine('onnx'));
beforeEach(() => tf.disposeVariables());

const state = (): unknown[] => [
  tf.memory().numTensors,
  tf.memory().numDataBuffers,
  tf.backend().numDataIds(),
  tf.engine().state.scopeStack.length,
];

test('a function that throws while it is recorded leaves variables, tensors and scopes as they were', async () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const x = tf.tensor1d([10, 20]);
  const before = state();
  const step = compile(
    (given: tf.Tensor, fails: boolean) => {
      variable.assign(variable.add(given));
      return tf.tidy(() => {
        tf.engine().startScope('never ended');
        if (fails) throw new Error('no such thing');
        tf.engine().endScope();
        return variable.square();
      });
    },
    { name: 'step' },
  );
  await expect(step(x, true)).rejects.toThrow('no such thing');
  expect(state()).toEqual(before);
  expect(await variable.data()).toEqual(Float32Array.of(1, 2));
  const result = await step(x, false);
  expect(await result.data()).toEqual(Float32Array.of(121, 484));
  expect(await variable.data()).toEqual(Float32Array.of(11, 22));
});

test('a variable made by a function that throws later keeps its initial value', async () => {
  let weight: tf.Variable | undefined;
  let copy: tf.Variable | undefined;
  let fails = true;
  const step = compile(
    (x: tf.Tensor) => {
      weight ??= tf.variable(tf.tensor1d([3, 4]));
      if (fails) copy = tf.variable(x);
      weight.assign(weight.add(x));
      if (fails) throw new Error('not yet');
      return weight.neg();
    },
    { name: 'step' },
  );
  const x = tf.tensor1d([1, 1]);
  await expect(step(x)).rejects.toThrow('not yet');
  expect(await weight?.data()).toEqual(Float32Array.of(3, 4));
  // Its initial value would be known only after a run.
  expect(copy?.isDisposed).toBe(true);
  fails = false;
  expect(await (await step(x)).data()).toEqual(Float32Array.of(-4, -5));
  expect(await (await step(x)).data()).toEqual(Float32Array.of(-5, -6));
});

test('variables of strings and of other engines do not hinder a recording', async () => {
  const text = tf.variable(tf.tensor1d(['a', 'b']));
  await setEngine('cpu');
  const elsewhere = tf.variable(tf.tensor1d([1, 2]));
  await setEngine('onnx');
  const step = compile((x: tf.Tensor) => x.add(elsewhere), { name: 'step' });
  expect(await (await step(tf.tensor1d([1, 1]))).data()).toEqual(Float32Array.of(2, 3));
  expect(await text.data()).toEqual(['a', 'b']);
});

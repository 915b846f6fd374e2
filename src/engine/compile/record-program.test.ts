import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, test, vi } from 'vitest';
import { UsageError } from '../../errors.js';
import { decodeModel } from '../../onnx/read.js';
import { tensorOver } from '../arrays.js';
import { BackgroundSession } from '../runtime/background/background-session.js';
import { Session } from '../runtime/session.js';
import { setEngine } from '../set-engine.js';
import { compile } from './compile.js';
import { recordProgram } from './record-program.js';

const created = [vi.spyOn(Session, 'create'), vi.spyOn(BackgroundSession, 'create')];
const sessions = (): number => created.reduce((sum, { mock }) => sum + mock.calls.length, 0);

beforeEach(async () => {
  await setEngine('onnx');
  tf.disposeVariables();
  for (const each of created) each.mockClear();
});

const DIMENSIONS = [['batch', null]] as const;

test('the model equals the one that compile makes, and no session is opened for it', async () => {
  const weight = tf.variable(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
  const fn = (x: tf.Tensor2D): tf.Tensor => tf.leakyRelu(x.matMul(weight), 0.3).sum(1);
  const x = tf.zeros<tf.Rank.R2>([4, 3]);
  const options = { name: 'product', dimensions: DIMENSIONS, frozen: true };
  const model = await recordProgram(fn, [x], options);
  expect(sessions()).toBe(0);
  expect(model.graph.inputs[0]?.dims).toEqual(['batch', 3]);

  const compiled = compile(fn, options);
  await compiled(x);
  expect(sessions()).toBe(1);
  const { graph, ...rest } = decodeModel(compiled.model());
  const alpha = model.graph.nodes.flatMap(({ attributes }) => attributes['alpha'] ?? []);
  expect(alpha).toEqual([{ float: 0.3 }]);
  const narrowed = model.graph.nodes.map((node) =>
    node.op === 'LeakyRelu' ? { ...node, attributes: { alpha: { float: Math.fround(0.3) } } } : node,
  );
  expect({ ...model, graph: { ...model.graph, nodes: narrowed } }).toEqual({ graph, ...rest });
  await compiled.dispose();
});

test('it is recorded on the onnx engine, and the engine in use stays the same', async () => {
  await setEngine('cpu');
  const x = tf.zeros([2]);
  const model = await recordProgram((given: tf.Tensor) => given.exp(), [x], { name: 'exp' });
  expect(model.graph.nodes.map(({ op }) => op)).toEqual(['Exp']);
  expect(tf.getBackend()).toBe('cpu');
});

test('captured tensors that were not computed are computed and become constants of the model', async () => {
  const captured = tf.tensor1d([1, 4, 9]).sqrt();
  const model = await recordProgram((x: tf.Tensor) => x.add(captured), [tf.zeros([3])], { name: 'add' });
  expect(model.graph.nodes.map(({ op }) => op)).toEqual(['Add']);
  expect(model.graph.initializers.map(({ tensor }) => tensor.data)).toEqual([Float32Array.of(1, 2, 3)]);
});

test('an array that is written to later does not change the model', async () => {
  const memory = Float32Array.of(1, 2, 3);
  const captured = tensorOver(memory, [3]);
  const model = await recordProgram((x: tf.Tensor) => x.add(captured), [tf.zeros([3])], { name: 'add' });
  memory.fill(7);
  expect(model.graph.initializers.map(({ tensor }) => tensor.data)).toEqual([Float32Array.of(1, 2, 3)]);
});

test('variables keep their values, and new ones keep their initial values', async () => {
  const known = tf.variable(tf.tensor1d([1, 2]));
  let made: tf.Variable | undefined;
  const step = (x: tf.Tensor): tf.Tensor => {
    made ??= tf.variable(tf.tensor1d([3, 4]));
    made.assign(made.add(x));
    known.assign(known.mul(x));
    return made.sum();
  };
  const { graph } = await recordProgram(step, [tf.ones([2])], { name: 'step' });
  // The result and the two new values.
  expect(graph.outputs).toHaveLength(3);
  expect(await known.data()).toEqual(Float32Array.of(1, 2));
  expect(await made?.data()).toEqual(Float32Array.of(3, 4));
});

test('it waits for the calls of compiled functions that came before', async () => {
  const weight = tf.variable(tf.tensor1d([1]));
  const step = compile((x: tf.Tensor1D) => weight.assign(weight.add<tf.Tensor1D>(x)), { name: 'step' });
  const stepping = step(tf.tensor1d([1]));
  const read = { name: 'read', frozen: true };
  const model = await recordProgram((x: tf.Tensor) => x.mul(weight), [tf.zeros([1])], read);
  await stepping;
  expect(model.graph.initializers.map(({ tensor }) => tensor.data)).toEqual([Float32Array.of(2)]);
  await step.dispose();
});

test('a promise, an assignment although frozen and a disposed argument are refused', async () => {
  const weight = tf.variable(tf.tensor1d([1]));
  const x = tf.zeros<tf.Rank.R1>([1]);
  const frozen = { name: 'f', frozen: true };
  await expect(recordProgram(async () => x, [], { name: 'f' })).rejects.toThrow(/^f returns a promise/);
  const assign = recordProgram((given: tf.Tensor1D) => weight.assign(given), [x], frozen);
  await expect(assign).rejects.toThrow(UsageError);
  x.dispose();
  await expect(recordProgram((given: tf.Tensor) => given, [x], frozen)).rejects.toThrow('disposed tensor');
});

import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { InputError, UsageError } from '../../errors.js';
import { decodeModel } from '../../onnx/read.js';
import { sharedRuntime } from '../runtime/runtime.js';
import { setEngine } from '../set-engine.js';
import { compile } from './compile.js';

beforeEach(() => setEngine('onnx'));

const numbers = async (tensor: tf.Tensor): Promise<number[]> => Array.from(await tensor.data());

describe('signatures', () => {
  test('arguments may be nested, and hold plain data beside tensors', async () => {
    const scaled = compile(
      (
        features: { inputIds: tf.Tensor; rest: (tf.Tensor | undefined)[] },
        options: { factor: number; name: string },
      ) => features.inputIds.mul(options.factor).add(features.rest[1] as tf.Tensor),
      { name: 'scaled' },
    );
    const features = { inputIds: tf.tensor1d([1, 2]), rest: [undefined, tf.tensor1d([10, 20])] };
    expect(await numbers(await scaled(features, { factor: 3, name: 'x' }))).toEqual([13, 26]);
  });

  test('a function is recorded once for each signature, and each keeps its program', async () => {
    const recorded: string[] = [];
    const power = compile(
      (x: tf.Tensor, exponent: number) => {
        recorded.push(`${x.dtype}[${x.shape.join()}] ${exponent}`);
        return exponent === 2 ? x.square() : x.mul(x).mul(x);
      },
      { name: 'power' },
    );
    for (let round = 0; round < 3; round++) {
      expect(await numbers(await power(tf.tensor1d([2, round]), 2))).toEqual([4, round ** 2]);
      expect(await numbers(await power(tf.tensor1d([2, round]), 3))).toEqual([8, round ** 3]);
      expect(await numbers(await power(tf.tensor1d([round]), 3))).toEqual([round ** 3]);
      expect(await numbers(await power(tf.tensor1d([round], 'int32'), 2))).toEqual([round ** 2]);
    }
    expect(recorded).toEqual(['float32[2] 2', 'float32[2] 3', 'float32[1] 3', 'int32[1] 2']);
  });

  test('results may be nested, and values other than tensors are returned as recorded', async () => {
    const date = new Date(0);
    const parts = compile(
      (x: tf.Tensor) => ({ sum: x.sum(), list: [x, x.neg(), x], date, none: null, size: x.size }),
      { name: 'parts' },
    );
    for (const input of [1, 2]) {
      const result = await parts(tf.tensor1d([input, 5]));
      expect(await numbers(result.sum)).toEqual([input + 5]);
      expect(await Promise.all(result.list.map(numbers))).toEqual([
        [input, 5],
        [-input, -5],
        [input, 5],
      ]);
      expect(result.date).toBe(date);
      expect(result).toMatchObject({ none: null, size: 2 });
      tf.dispose([result.sum, ...result.list]);
    }
  });

  test('results are new tensors: disposing them affects no argument, captured tensor or variable', async () => {
    const captured = tf.range(0, 50_000);
    const variable = tf.variable(tf.range(0, 50_000));
    const same = compile((x: tf.Tensor) => [x, x, captured, variable], { name: 'same' });
    const x = tf.range(0, 50_000);
    for (const engine of ['onnx', 'cpu', 'onnx'] as const) {
      await setEngine(engine);
      const before = tf.memory().numTensors;
      const results = await same(x);
      expect(tf.memory().numTensors).toBe(before + 4);
      for (const result of results) expect((await result.data())[49_999]).toBe(49_999);
      tf.dispose(results);
      // The results of this program would go to the arrays of the disposed tensors.
      await x.neg().data();
      expect(x.isDisposed || captured.isDisposed || variable.isDisposed).toBe(false);
      for (const tensor of [x, captured, variable]) expect((await tensor.data())[49_999]).toBe(49_999);
    }
    variable.dispose();
  });
});

describe('arguments that are refused', () => {
  const program = compile((...args: unknown[]) => tf.scalar(args.length), { name: 'encode' });

  test('a disposed tensor is named', async () => {
    const inputIds = tf.scalar(1);
    inputIds.dispose();
    const call = program({ inputIds });
    await expect(call).rejects.toThrow(InputError);
    await expect(call).rejects.toThrow('argument [0].inputIds of encode is a disposed tensor');
  });

  test('a tensor of strings is named', async () => {
    await expect(program(1, [tf.tensor1d(['a'])])).rejects.toThrow(
      'argument [1][0] of encode is of type string; expected float32, int32 or bool',
    );
  });

  test('anything but a tensor or plain data is named', async () => {
    class Batch {
      readonly size = 2;
    }
    await expect(program(new Batch())).rejects.toThrow(
      'argument [0] of encode is an instance of Batch; expected',
    );
    await expect(program({ map: new Map() })).rejects.toThrow(
      'argument [0].map of encode is an instance of Map',
    );
    await expect(program(1, () => 1)).rejects.toThrow('argument [1] of encode is a function');
    await expect(program(new Float32Array(2))).rejects.toThrow('is an instance of Float32Array');
  });

  test('named dimensions need tensors of their rank, and one size for each name', async () => {
    const sized = compile((a: tf.Tensor, b: tf.Tensor) => a.add(b), {
      name: 'pairs',
      dimensions: [
        ['batch', 'length'],
        ['batch', null],
      ],
    });
    await expect(sized(tf.zeros([2, 3]), tf.zeros([2]))).rejects.toThrow(InputError);
    await expect(sized(tf.zeros([2]), tf.zeros([2, 1]))).rejects.toThrow(
      'argument [0] of pairs has shape [2]; expected 2 dimensions',
    );
    await expect(sized(tf.zeros([2, 3]), tf.zeros([4, 1]))).rejects.toThrow(
      'dimension batch is 2 in argument [0] of pairs and 4 in [1]',
    );
    const one = compile((a: tf.Tensor) => a, { name: 'one', dimensions: [['batch'], ['batch']] });
    await expect(one(tf.zeros([2]))).rejects.toThrow(
      'dimensions of one has a row for 2 tensors; its arguments hold 1',
    );
  });

  test('a function that returns a promise is refused on every engine', async () => {
    const later = compile((x: tf.Tensor) => Promise.resolve(x), { name: 'later' });
    for (const engine of ['onnx', 'cpu'] as const) {
      await setEngine(engine);
      await expect(later(tf.scalar(1))).rejects.toThrow(UsageError);
      await expect(later(tf.scalar(1))).rejects.toThrow('later returns a promise');
    }
  });
});

test('on another engine the function runs at each call, and everything but its result is disposed', async () => {
  await setEngine('cpu');
  let calls = 0;
  const double = compile(
    (x: tf.Tensor) => {
      calls++;
      return { result: x.mul(2).add(0), name: 'double' };
    },
    { name: 'double' },
  );
  const x = tf.tensor1d([1, 2]);
  const before = tf.memory().numTensors;
  for (let call = 0; call < 2; call++) {
    const { result, name } = await double(x);
    expect([...result.dataSync(), name]).toEqual([2, 4, 'double']);
    result.dispose();
  }
  expect([calls, tf.memory().numTensors]).toEqual([2, before]);
  expect(() => double.model()).toThrow(UsageError);
});

test('model and explain need a call', async () => {
  const program = compile((x: tf.Tensor) => x.neg(), { name: 'negative' });
  expect(() => program.model()).toThrow(UsageError);
  expect(() => program.explain()).toThrow('negative.explain() describes the program of the last call');
  await program(tf.scalar(1));
  expect(decodeModel(program.model()).graph.name).toBe('negative');
  expect(program.explain().nodes).toBe(1);
  await program.dispose();
});

test('calls after dispose are refused, and earlier calls still run', async () => {
  const program = compile((x: tf.Tensor) => x.neg(), { name: 'negative' });
  const sessions = sharedRuntime().sessions.size;
  const running = [program(tf.scalar(1)), program(tf.scalar(2))];
  await Promise.all([program.dispose(), program.dispose()]);
  for (const [index, result] of (await Promise.all(running)).entries()) {
    expect(await numbers(result)).toEqual([-1 - index]);
  }
  await expect(program(tf.scalar(3))).rejects.toThrow(UsageError);
  await expect(program(tf.scalar(3))).rejects.toThrow('negative was called after it was disposed');
  expect(() => program.model()).toThrow('negative was called after it was disposed');
  expect(() => program.explain()).toThrow('negative was called after it was disposed');
  await program.dispose();
  expect(sharedRuntime().sessions.size).toBe(sessions);
});

test('a large captured tensor is a part of the model, not an argument', async () => {
  const weights = tf.range(0, 40_000);
  const weigh = compile((x: tf.Tensor) => x.mul(weights), { name: 'weigh' });
  const result = await weigh(tf.scalar(2));
  expect((await result.data())[39_999]).toBe(79_998);
  const { inputs, initializers } = decodeModel(weigh.model()).graph;
  expect(inputs.map(({ name }) => name)).toEqual(['arg_0']);
  expect(initializers.find(({ tensor }) => tensor.data.length === 40_000)?.tensor.data[39_999]).toBe(39_999);
  // The program keeps the elements even if the tensor is disposed.
  weights.dispose();
  await tf.range(0, 40_000).neg().data();
  expect((await (await weigh(tf.scalar(1))).data())[39_999]).toBe(39_999);
});

test('operations recorded outside of the function are computed once, also with named dimensions', async () => {
  const drawn = tf
    .multinomial(tf.tensor2d(new Float32Array(1000), [1, 1000]), 8)
    .asType('float32')
    .reshape([8]);
  for (const dimensions of [undefined, [['batch', null]]]) {
    const offset = compile((x: tf.Tensor) => x.add(drawn), {
      name: 'offset',
      ...(dimensions && { dimensions }),
    });
    const first = await numbers(await offset(tf.zeros([1, 8])));
    expect(first).toEqual(await numbers(drawn));
    expect(decodeModel(offset.model()).graph.nodes.map(({ op }) => op)).not.toContain('Softmax');
    expect(await numbers(await offset(tf.zeros([1, 8])))).toEqual(first);
  }
});

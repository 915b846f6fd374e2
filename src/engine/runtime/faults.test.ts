import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../errors.js';
import type { OnnxBackend } from '../backend.js';
import { compile } from '../compile/compile.js';
import { OutOfMemoryError, ProgramError, SynchronousReadError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Kernel } from '../kernels/kernel.js';
import { emit } from '../ops/emit.js';
import { setEngine } from '../set-engine.js';
import { sharedRuntime } from './runtime.js';

/** ONNX operators without the checks of shapes. */
const RAW: Record<string, Kernel> = {
  RawMatMul: ({ a, b }) => emit('MatMul', [a, b], { type: 'float32', shape: [2, 2] }),
  RawGather: ({ a, b }) => emit('Gather', [a, b], { type: 'float32', shape: (b as Value).shape }),
};

beforeAll(async () => {
  await setEngine('onnx');
  for (const [kernelName, kernel] of Object.entries(RAW)) {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend }) =>
      (backend as OnnxBackend).run(kernelName, kernel, inputs, attrs ?? {}, kernelFunc);
    tf.registerKernel({ kernelName, backendName: 'onnx', kernelFunc });
  }
});

beforeEach(() => {
  tf.disposeVariables();
});

const raw = (kernel: string, a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.engine().runKernel(kernel, { a, b });

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail('it was computed'),
    (error: unknown) => error as Error,
  );
}

const HUGE = 2 ** 40;

describe('a program that is refused', () => {
  test('is reported with its operator, shapes and origin, and leaves no session', async () => {
    const sessions = sharedRuntime().sessions.size;
    const product = raw('RawMatMul', tf.zeros([2, 3]).add(1), tf.zeros([2, 2]).add(1));
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await rejection(product.data());
      expect(error).toBeInstanceOf(ProgramError);
      expect(error.message).toContain('MatMul(float32[2, 3], float32[2, 2]) -> float32[2, 2]');
      expect(error.message).toContain('faults.test.ts:');
      expect(error.cause).toBeInstanceOf(Error);
    }
    expect(sharedRuntime().sessions.size).toBe(sessions);
  });

  test('does not fail others that were requested in the same turn', async () => {
    const x = tf.tensor1d([1, 2]);
    const bad = raw('RawMatMul', tf.ones([2, 3]), tf.ones([2, 2]));
    const [good, refused, other] = await Promise.allSettled([x.neg().data(), bad.data(), x.square().data()]);
    expect(good).toEqual({ status: 'fulfilled', value: Float32Array.of(-1, -2) });
    expect(refused).toMatchObject({ status: 'rejected', reason: { name: 'ProgramError' } });
    expect(other).toEqual({ status: 'fulfilled', value: Float32Array.of(1, 4) });
  });
});

describe('a program that fails while it runs', () => {
  const SIZE = 2 ** 16;
  const lookUp = compile((x: tf.Tensor, at: tf.Tensor) => raw('RawGather', x, at), { name: 'look up' });
  const outOfRange = (): tf.Tensor => tf.tensor1d(new Int32Array(SIZE).fill(7));

  test('is reported like one that is refused', async () => {
    const error = await rejection(lookUp(tf.tensor1d([1, 2]), outOfRange()));
    expect(error).toBeInstanceOf(ProgramError);
    expect(error.message).toContain('program look up');
    expect(error.message).toContain(`Gather(float32[2], int32[${SIZE}])`);
    expect(error.message).toContain('faults.test.ts:');
  });

  test('leaves no tensors, and gives its arrays to the next program', async () => {
    const [x, at] = [tf.tensor1d([1, 2]), outOfRange()];
    await at.data();
    sharedRuntime().pool.clear();
    const before = [tf.memory().numTensors, tf.memory().numDataBuffers, tf.backend().numDataIds()];
    for (let attempt = 0; attempt < 3; attempt++) {
      await rejection(lookUp(x, at));
      expect(sharedRuntime().pool.idleBytes).toBe(SIZE * 4);
    }
    expect([tf.memory().numTensors, tf.memory().numDataBuffers, tf.backend().numDataIds()]).toEqual(before);
    const result = await lookUp(x, tf.ones([SIZE], 'int32'));
    expect([(await result.data())[SIZE - 1], sharedRuntime().pool.idleBytes]).toEqual([2, 0]);
  });

  test('leaves variables as they are', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const step = compile(
      (at: tf.Tensor) => {
        variable.assign(variable.add(1));
        return raw('RawGather', variable, at);
      },
      { name: 'step' },
    );
    await rejection(step(tf.tensor1d([5], 'int32')));
    expect(await variable.data()).toEqual(Float32Array.of(1, 2));
    expect(await (await step(tf.tensor1d([0], 'int32'))).data()).toEqual(Float32Array.of(2));
    expect(await variable.data()).toEqual(Float32Array.of(2, 3));
  });
});

describe('memory that is not available', () => {
  const column = (): tf.Tensor => tf.tensor2d([[1], [2], [3]]);

  test('for an output: bytes, shape, and what recorded it', async () => {
    const tensors = tf.memory().numTensors;
    const tiled = column().tile([1, HUGE]);
    const error = await rejection(tiled.data());
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(error.message).toContain(
      'no memory for 13,194,139,533,312 bytes: output float32[3, 1099511627776]',
    );
    expect(error.message).toMatch(/kernel Tile of op tile, called at .*faults\.test\.ts:/);
    tiled.dispose();
    expect(tf.memory().numTensors).toBe(tensors + 1);
  });

  test('for an intermediate result: bytes, and what recorded it', async () => {
    const error = await rejection(tf.tidy(() => column().add(1).tile([1, HUGE]).cumsum(1).max()).data());
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(error.message).toMatch(/^no memory for [\d,]+ bytes in program/);
    expect(error.message).toContain('faults.test.ts:');
  });

  test('in a compiled program: its name', async () => {
    const spread = compile((x: tf.Tensor) => x.tile([1, HUGE]), { name: 'spread' });
    const error = await rejection(spread(column()));
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(error.message).toContain('of program spread');
    expect(await column().square().data()).toEqual(Float32Array.of(1, 4, 9));
  });
});

describe('reading', () => {
  test('at once is explained, and works after the tensor has been computed', async () => {
    const x = tf.tensor1d([1, 2]).square();
    expect(() => x.dataSync()).toThrow(SynchronousReadError);
    expect(() => x.arraySync()).toThrow('float32 tensor of shape [2] has not been computed');
    expect(() => x.arraySync()).toThrow('await tensor.data()');
    await x.data();
    expect(x.arraySync()).toEqual([1, 4]);
  });

  test('inside of a function that is recorded is explained', async () => {
    let read: Promise<unknown> = Promise.resolve();
    const reads = compile(
      (x: tf.Tensor) => {
        const y = x.square();
        read = rejection(y.data());
        return y;
      },
      { name: 'reads' },
    );
    await reads(tf.scalar(3));
    expect(await read).toBeInstanceOf(UsageError);
    expect(((await read) as Error).message).toContain('return it from the function');
  });
});

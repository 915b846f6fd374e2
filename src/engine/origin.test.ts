import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import type { OnnxBackend } from './backend.js';
import { compile } from './compile/compile.js';
import { ProgramError, UnsupportedKernelError } from './errors.js';
import { emit } from './ops/emit.js';
import { setEngine } from './set-engine.js';

const here = dirname(fileURLToPath(import.meta.url));

beforeAll(async () => {
  await setEngine('onnx');
  // A kernel whose graph no runtime takes.
  tf.registerKernel({
    kernelName: 'Refused',
    backendName: 'onnx',
    kernelFunc: function refused({ inputs, attrs, backend }) {
      const run = (backend as OnnxBackend).run.bind(backend);
      return run(
        'Refused',
        ({ x }) => emit('NoSuchOperator', [x], { type: 'float32', shape: [2] }),
        inputs,
        attrs ?? {},
        refused,
      );
    },
  });
});

/** The line of this file, relative to the line that calls `line`. */
function line(offset = 0): string {
  const [, , caller = ''] = new Error().stack?.split('\n') ?? [];
  const at = Number(/origin\.test\.ts:(\d+)/.exec(caller)?.[1]);
  return `origin.test.ts:${at + offset}:`;
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail('it was computed'),
    (error: unknown) => error as Error,
  );
}

test('an unsupported kernel is reported with the line that called its op', () => {
  const place = line(1);
  const run = (): unknown => tf.engine().runKernel('FFT', { input: tf.scalar(1) });
  expect(run).toThrow(UnsupportedKernelError);
  expect(messageOf(run)).toContain(`FFT`);
  expect(messageOf(run)).toContain(place);
});

test('a kernel that refuses its input in forward code is reported with its line', () => {
  const x = tf.tensor1d([1, 2]);
  const place = line(1);
  const run = (): unknown => tf.gather(x, tf.tensor1d([7], 'int32'));
  expect(messageOf(run)).toMatch(/kernel GatherV2 of op gather, called at /);
  expect(messageOf(run)).toContain(place);
});

test('inside of tf.grad the line is in the function that is differentiated', () => {
  const x = tf.tensor1d([1, 2]);
  const place = line(1);
  const loss = (y: tf.Tensor): tf.Tensor => tf.gather(y, tf.tensor1d([7], 'int32')).sum();
  expect(messageOf(() => tf.grad(loss)(x))).toContain(place);
});

test('in the gradient of tf.customGrad the line is in that gradient', () => {
  const x = tf.tensor1d([1, 2]);
  const place = line(3);
  const custom = tf.customGrad((...args: unknown[]) => ({
    value: (args[0] as tf.Tensor).square(),
    gradFunc: (dy: tf.Tensor) => tf.gather(dy, tf.tensor1d([7], 'int32')),
  }));
  expect(messageOf(() => tf.grad((y) => custom(y).sum())(x))).toContain(place);
});

test('a program that ONNX Runtime refuses is reported with the op, its shapes and the line that recorded it', async () => {
  const place = line(1);
  const made = tf.engine().runKernel('Refused', { x: tf.tensor1d([1, 2]) }) as tf.Tensor;
  const error = await rejection(made.data());
  expect(error).toBeInstanceOf(ProgramError);
  expect(error.message).toContain('NoSuchOperator(float32[2]) -> float32[2]');
  expect(error.message).toContain(place);
});

test('a compiled program is named too', async () => {
  const place = line(1);
  const step = compile((x: tf.Tensor) => tf.engine().runKernel('Refused', { x: x.add(1) }), {
    name: 'training step',
  });
  const error = await rejection(step(tf.tensor1d([1, 2])));
  expect(error).toBeInstanceOf(ProgramError);
  expect(error.message).toContain('program training step');
  expect(error.message).toContain(place);
});

test('in code bundled with the engine the line is still that of the call of the op', async () => {
  const folder = mkdtempSync(join(here, 'bundle-'));
  try {
    const outfile = join(folder, 'bundle.mjs');
    await build({
      stdin: {
        contents: `
          import * as tf from '@tensorflow/tfjs';
          import { setEngine } from './set-engine.ts';
          await setEngine('onnx');
          function callsGather() {
            return tf.gather(tf.tensor1d([1, 2]), tf.tensor1d([7], 'int32'));
          }
          try {
            callsGather();
          } catch (error) {
            console.log(error.message);
          }`,
        resolveDir: here,
        loader: 'ts',
      },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@tensorflow/*', 'onnxruntime-node'],
      logLevel: 'silent',
    });
    const { stdout } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
    expect(stdout).toMatch(/kernel GatherV2 of op gather, called at callsGather \(/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

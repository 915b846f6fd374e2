import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineName } from '../engine-names.js';
import { OptionError } from '../errors.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { EngineUnavailableError } from './errors.js';
import { chosenEngine, setEngine, withEngine } from './set-engine.js';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** Whether this machine has the optional package with a binding that loads. */
const hasTensorFlow = await setEngine('tensorflow').then(
  () => true,
  (error: unknown) => {
    if (error instanceof EngineUnavailableError) return false;
    throw error;
  },
);

/** A loss of 3 pairs and its gradients, computed by the engine. */
async function lossAndGradients(engine: EngineName): Promise<Float32Array[]> {
  await setEngine(engine);
  const loss = new SparseMultipleNegativesRankingLoss({ forward: (features) => features });
  const columns = [
    tf.tensor2d([
      [1, 0, 2, 0.5],
      [0, 3, 0, 1],
      [0.25, 0, 0, 2],
    ]),
    tf.tensor2d([
      [2, 0, 1, 0],
      [0, 1, 1, 0],
      [1, 0, 0.5, 1],
    ]),
  ];
  const { value, grads } = tf.valueAndGrads((...embeddings: tf.Tensor[]) =>
    loss.computeLossFromEmbeddings(embeddings as tf.Tensor2D[]),
  )(columns);
  return Promise.all([value, ...grads].map(async (tensor) => (await tensor.data()) as Float32Array));
}

describe('setEngine', () => {
  afterEach(() => setEngine('cpu'));

  it('makes tfjs compute on the cpu engine', async () => {
    await setEngine('cpu');
    expect(tf.getBackend()).toBe('cpu');
    expect(await tf.matMul([[2, 3]], [[5], [7]]).data()).toEqual(Float32Array.of(31));
  });

  it('refuses a name that is not an engine, lists the engines, and keeps the engine', async () => {
    const unknown = 'abacus' as EngineName;
    await expect(setEngine(unknown)).rejects.toThrow(OptionError);
    await expect(setEngine(unknown)).rejects.toThrow(
      'there is no engine "abacus"; expected onnx, cpu, tensorflow',
    );
    expect(tf.getBackend()).toBe('cpu');
  });

  // Needs the package and its native binding, which "npm run tensorflow-binding" builds.
  it.runIf(hasTensorFlow)('gives on the tensorflow engine the loss and gradients of cpu', async () => {
    const ours = await lossAndGradients('tensorflow');
    expect(tf.getBackend()).toBe('tensorflow');
    const expected = await lossAndGradients('cpu');
    expect(ours.map(({ length }) => length)).toEqual([1, 12, 12]);
    for (const [index, tensor] of expected.entries()) {
      for (const [place, number] of tensor.entries()) expect(ours[index]?.[place]).toBeCloseTo(number, 5);
    }
  });

  // Needs the package and its native binding.
  it.runIf(hasTensorFlow)('registers TensorFlow with the tfjs that everything else uses', async () => {
    const binding = require('@tensorflow/tfjs-node-gpu') as typeof tf;
    expect(binding.engine()).toBe(tf.engine());
    await setEngine('tensorflow');
    const x = tf.tensor1d([1, 2]);
    await setEngine('cpu');
    expect(await x.square().data()).toEqual(Float32Array.of(1, 4));
  });
});

describe('withEngine', () => {
  beforeEach(() => setEngine('cpu'));

  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('runs a synchronous function on the engine, which nobody else meets', async () => {
    const seen: string[] = [];
    const scope = withEngine('onnx', () => {
      queueMicrotask(() => seen.push(tf.getBackend()));
      return tf.getBackend();
    });
    expect(await scope).toBe('onnx');
    expect(seen).toEqual(['cpu']);
    expect([tf.getBackend(), chosenEngine()]).toEqual(['cpu', 'cpu']);
  });

  it('holds until an asynchronous function is done', async () => {
    const x = await withEngine('onnx', async () => {
      await nextTurn();
      expect([tf.getBackend(), chosenEngine()]).toEqual(['onnx', 'onnx']);
      return tf.tensor1d([1, 2]).square().data();
    });
    expect(x).toEqual(Float32Array.of(1, 4));
    expect(tf.getBackend()).toBe('cpu');
  });

  it.each([
    ['throws', () => expect.fail('no')],
    ['rejects', () => nextTurn().then(() => expect.fail('no'))],
    ['sets another engine', () => setEngine('onnx')],
    ['sets another backend', () => void tf.setBackend('onnx')],
  ])('restores the former backend if the function %s', async (_, fn) => {
    await Promise.allSettled([withEngine('cpu', fn)]);
    expect([tf.getBackend(), chosenEngine()]).toEqual(['cpu', 'cpu']);
    expect(tf.tidy(() => tf.tensor1d([3]).add(1).dataSync()[0])).toBe(4);
  });

  it('restores no backend if none was in use', () => {
    const script = `
      import * as tf from '@tensorflow/tfjs';
      import { withEngine } from './set-engine.ts';
      const inScope = await withEngine('onnx', async () => tf.getBackend());
      console.log(inScope, tf.engine().backendName, tf.tensor1d([2]).square().dataSync()[0], tf.getBackend());`;
    const tsx = pathToFileURL(require.resolve('tsx')).href;
    const args = ['--import', tsx, '--input-type=module', '--eval', script];
    const { stdout } = spawnSync(process.execPath, args, { cwd: here, encoding: 'utf8' });
    expect(stdout.trim()).toMatch(/^onnx (undefined|null) 4 cpu$/);
  });

  it('runs scopes one after another, and nested scopes too', async () => {
    const log: string[] = [];
    const scope = (name: EngineName, label: string, inside?: () => Promise<unknown>) => () =>
      withEngine(name, async () => {
        log.push(`${label} begins on ${tf.getBackend()}`);
        await nextTurn();
        await inside?.();
        log.push(`${label} ends on ${tf.getBackend()}`);
      });
    const inside = (): Promise<unknown> => Promise.all([scope('cpu', 'a1')(), scope('onnx', 'a2')()]);
    await Promise.all([scope('onnx', 'a', inside)(), scope('cpu', 'b')()]);
    expect(log).toEqual([
      'a begins on onnx',
      'a1 begins on cpu',
      'a1 ends on cpu',
      'a2 begins on onnx',
      'a2 ends on onnx',
      'a ends on onnx',
      'b begins on cpu',
      'b ends on cpu',
    ]);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('makes setEngine from outside wait for the end of the scope, and lets code that outlives it set the engine', async () => {
    let later: Promise<void> | undefined;
    const scope = withEngine('onnx', async () => {
      later = nextTurn()
        .then(nextTurn)
        .then(nextTurn)
        .then(() => setEngine('onnx'));
      await nextTurn();
      expect(tf.getBackend()).toBe('onnx');
    });
    const chosen = setEngine('cpu');
    await scope;
    await chosen;
    expect([tf.getBackend(), chosenEngine()]).toEqual(['cpu', 'cpu']);
    await later;
    expect([tf.getBackend(), chosenEngine()]).toEqual(['onnx', 'onnx']);
  });

  it('does not call the function if there is no such engine', async () => {
    const scope = withEngine('abacus' as EngineName, () => expect.fail('called'));
    await expect(scope).rejects.toThrow(OptionError);
    expect(tf.getBackend()).toBe('cpu');
  });
});

describe('loadTensorFlow', () => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The error in a folder where only tfjs is installed and the optional package has this code. */
  function messageWith(name: string, optionalPackage: string | undefined): string {
    const place = join(folder, name);
    const modules = join(place, 'node_modules', '@tensorflow');
    mkdirSync(modules, { recursive: true });
    symlinkSync(dirname(require.resolve('@tensorflow/tfjs/package.json')), join(modules, 'tfjs'), 'junction');
    writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(place, 'engine'));
    for (const file of ['errors.ts', 'printable.ts', 'tf.ts', 'engine/tensorflow.ts', 'engine/errors.ts']) {
      copyFileSync(join(here, '..', file), join(place, file));
    }
    if (optionalPackage !== undefined) {
      const code = join(modules, 'tfjs-node-gpu');
      mkdirSync(code);
      writeFileSync(join(code, 'index.js'), optionalPackage);
      writeFileSync(join(code, 'package.json'), '{ "type": "commonjs" }');
    }
    const script = `
      import * as tf from '@tensorflow/tfjs';
      import { EngineUnavailableError } from './engine/errors.ts';
      import { loadTensorFlow } from './engine/tensorflow.ts';
      tf.enableProdMode();
      await tf.setBackend('cpu');
      try {
        loadTensorFlow();
      } catch (error) {
        if (!(error instanceof EngineUnavailableError)) throw error;
        console.log(tf.getBackend() + ': ' + error.message);
      }`;
    writeFileSync(join(place, 'script.ts'), script);
    const tsx = pathToFileURL(require.resolve('tsx')).href;
    const run = spawnSync(process.execPath, ['--import', tsx, join(place, 'script.ts')], {
      encoding: 'utf8',
    });
    return run.stdout + run.stderr;
  }

  it('says that the package is missing and what to do, and leaves the engine as it is', () => {
    const message = messageWith('missing', undefined);
    expect(message).toMatch(
      /^cpu: the tensorflow engine needs the optional package @tensorflow\/tfjs-node-gpu/,
    );
    expect(message).toContain("Cannot find module '@tensorflow/tfjs-node-gpu'");
    expect(message).toContain('npm run tensorflow-binding');
    expect(message.trim()).not.toContain('\n');
  });

  it('says why a package without its binding does not load', () => {
    const message = messageWith('no-binding', 'throw new Error("no binding at lib\\nsecond line");');
    expect(message).toContain('with its native binding: no binding at lib');
    expect(message).not.toContain('second line');
  });

  it('refuses a package that registers its kernels with another tfjs', () => {
    expect(messageWith('another-tfjs', '')).toContain('uses another copy of @tensorflow/tfjs');
  });
});

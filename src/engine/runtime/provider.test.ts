import * as tf from '@tensorflow/tfjs';
import { listSupportedBackends } from 'onnxruntime-node';
import { afterAll, expect, test } from 'vitest';
import { OptionError } from '../../errors.js';
import { EngineUnavailableError } from '../errors.js';
import { setEngine } from '../set-engine.js';
import { EXECUTION_PROVIDERS } from './engine-options.js';

const built = listSupportedBackends().map(({ name }) => name);
const absent = EXECUTION_PROVIDERS.filter((name) => !built.includes(name));
const present = EXECUTION_PROVIDERS.filter((name) => name !== 'cpu' && built.includes(name));

afterAll(() => setEngine('onnx', {}));

test.each(absent)(
  '%s, which this build lacks, is refused at once with a list of its providers',
  async (name) => {
    await setEngine('cpu');
    const choice = setEngine('onnx', { executionProviders: [name] });
    await expect(choice).rejects.toThrow(EngineUnavailableError);
    await expect(choice).rejects.toThrow(`has no execution provider "${name}"; it has cpu`);
    expect(tf.getBackend()).toBe('cpu');
  },
);

test.each(present)('%s, which this build has, computes or says that this machine cannot', async (name) => {
  await setEngine('onnx', { executionProviders: [name] });
  const outcome = await tf
    .tensor1d([1, 2])
    .square()
    .data()
    .then(
      (squares) => squares.join(),
      (error: Error) => `${error.name}: ${error.message}`,
    );
  expect(outcome).toMatch(
    new RegExp(`^1,4$|^EngineUnavailableError: .* the execution provider ${name} on this machine: `),
  );
});

test('after one that this machine cannot use the cpu can be chosen again', async () => {
  await setEngine('onnx', { executionProviders: ['cpu'] });
  expect(await tf.tensor1d([3]).square().data()).toEqual(Float32Array.of(9));
});

test.each([
  [{ threads: 0 }, 'threads'],
  [{ threads: 100_000 }, 'threads'],
  [{ maxSessions: 0 }, 'maxSessions'],
  [{ executionProviders: [] }, 'executionProviders'],
  [{ executionProviders: ['abacus'] }, 'cpu, cuda, webgpu, coreml, dml'],
  [{ graphOptimizationLevel: 'most' }, 'graphOptimizationLevel'],
  [{ config: { key: 1 } }, 'a record of strings'],
  [{ thread: 2 }, 'thread'],
])('the options %j are refused and %s is named', async (options, named) => {
  const choice = setEngine('onnx', options as object);
  await expect(choice).rejects.toThrow(OptionError);
  await expect(choice).rejects.toThrow(named);
});

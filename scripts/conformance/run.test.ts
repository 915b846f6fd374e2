// @module-tag slow
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BACKENDS, type Backend } from './backends.js';
import { NO_EXCUSES } from './excused.js';
import { judge } from './judge.js';
import type { SpecResult } from './protocol.js';
import { runConformance } from './run.js';

const FILES = ['ops/ceil_test.js', 'ops/floor_test.js'];

/** tfjs's cpu backend under another name, with a floor of its own. */
function toyBackend(floor: string): Backend {
  return {
    name: 'toy',
    isDataSync: false,
    setup: `
      import { engine, getKernelsForBackend, registerBackend, registerKernel } from '@tensorflow/tfjs-core';
      import '@tensorflow/tfjs-backend-cpu';
      class UnsupportedKernelError extends Error { name = 'UnsupportedKernelError'; }
      registerBackend('toy', () => engine().registryFactory['cpu'].factory());
      for (const kernel of getKernelsForBackend('cpu')) registerKernel({ ...kernel, backendName: 'toy' });
      const floor = () => { ${floor} };
      for (const kernel of getKernelsForBackend('toy')) if (kernel.kernelName === 'Floor') kernel.kernelFunc = floor;
    `,
  };
}

function named(results: readonly SpecResult[], file: string): SpecResult[] {
  return results.filter((result) => result.file === file);
}

function messages(results: readonly SpecResult[]): string[] {
  return results.flatMap(({ failures }) => failures.map(({ message }) => message));
}

test('specs run on tfjs’s own backend and belong to the file that declares them', async () => {
  const results = await runConformance(BACKENDS.cpu, { files: FILES, only: '' });
  expect(messages(results)).toEqual([]);
  expect(new Set(results.map(({ file }) => file))).toEqual(new Set(FILES));
  for (const { file, name } of results) expect(name).toMatch(file === FILES[0] ? /^ceil / : /^floor /);
});

test('only the specs that are asked for run, and the bundle is gone afterwards', async () => {
  const results = await runConformance(BACKENDS.cpu, { files: FILES, only: 'throws when passed' });
  expect(results.map(({ name }) => name)).toEqual([
    'ceil cpu {} throws when passed a non-tensor',
    'floor cpu {} throws when passed a non-tensor',
  ]);
  const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
  const bundles = existsSync(cache)
    ? readdirSync(cache).filter((name) => name.includes(`-${process.pid}-`))
    : [];
  expect(bundles).toEqual([]);
});

test('a kernel that a backend refuses is told apart from a wrong number', async () => {
  const refusing = await runConformance(toyBackend(`throw new UnsupportedKernelError('no kernel Floor');`), {
    files: FILES,
    only: '',
  });
  expect(messages(named(refusing, 'ops/ceil_test.js'))).toEqual([]);
  const outcomes = named(refusing, 'ops/floor_test.js').map((result) => judge(result, NO_EXCUSES));
  expect(outcomes.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  expect(outcomes.filter(({ outcome }) => outcome === 'unsupported').length).toBeGreaterThan(3);
  expect(new Set(outcomes.flatMap(({ kernels }) => kernels))).toEqual(new Set(['Floor']));

  const wrong = await runConformance(
    toyBackend(`return engine().runKernel('Fill', { shape: [2], value: 7 });`),
    {
      files: ['ops/floor_test.js'],
      only: 'floor toy {} basic',
    },
  );
  expect(wrong.map((result) => judge(result, NO_EXCUSES).outcome)).toEqual(['failed']);
});

test('a spec that takes the process down is named, and the specs after it run', async () => {
  const results = await runConformance(toyBackend(`process.kill(process.pid, 'SIGKILL');`), {
    files: ['ops/floor_test.js'],
    only: '',
  });
  const failed = results.filter(({ failures }) => failures.length > 0);
  expect(failed.length).toBeGreaterThan(3);
  expect(failed[0]).toMatchObject({ file: 'ops/floor_test.js', name: 'floor toy {} basic' });
  expect(messages(failed)[0]).toMatch(/ended with SIGKILL/);
  expect(results.map(({ name }) => name)).toContain('floor toy {} throws when passed a non-tensor');
  expect(new Set(results.map(({ id }) => id)).size).toBe(results.length);
});

test('a spec that never returns is ended', async () => {
  const results = await runConformance(toyBackend(`for (;;);`), {
    files: ['ops/floor_test.js'],
    only: 'floor toy {} basic',
    silenceMs: 10_000,
  });
  expect(messages(results)).toEqual([expect.stringMatching(/said nothing for 10 s/)]);
});

test('a spec that waits for nothing times out', async () => {
  const [result] = await runConformance(
    {
      ...toyBackend(''),
      setup: `${toyBackend('return null').setup} engine().registryFactory['toy'].factory = () => {
        const backend = engine().registryFactory['cpu'].factory();
        backend.read = () => new Promise(() => {});
        return backend;
      };`,
    },
    { files: ['ops/ceil_test.js'], only: 'ceil toy {} basic', timeoutMs: 300 },
  );
  expect(result?.failures[0]?.message).toMatch(/Timeout/);
});

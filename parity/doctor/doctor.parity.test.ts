import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { findBasePython } from '../../src/python/environment.js';
import { temporaryFolder } from '../../src/testing/files/temporary-folder.js';
import { endSharedReference } from '../../src/testing/python/live-reference.js';
import { python } from '../../src/testing/python/worker-process.js';
import { tryBridge } from './bridge.js';
import type { Check } from './check.js';
import { examine } from './doctor-command.js';

const statuses = (checks: readonly Check[]): Record<string, string> =>
  Object.fromEntries(checks.map(({ id, status }) => [id, status]));

describe.runIf(python !== '')('doctor, with a real Python', () => {
  beforeAll(endSharedReference);

  it('finds a torch that is installed and cannot be imported, and tries the bridge nevertheless', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'torch'));
    writeFileSync(join(folder, 'torch', '__init__.py'), 'raise OSError("libgomp.so.1: cannot open")\n');
    writeFileSync(join(folder, 'sentence_transformers.py'), 'import torch\n');
    vi.stubEnv('PYTHONPATH', folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    const checks = await examine(python);
    expect(checks.find(({ id }) => id === 'import')).toEqual({
      id: 'import',
      status: 'broken',
      seen: 'self_test.import_reference raised OSError: libgomp.so.1: cannot open',
      remedy: `"${python}" -c "import sentence_transformers" shows the whole error`,
    });
    expect(statuses(checks)).toMatchObject({
      node: 'ok',
      onnxruntime: 'ok',
      python: 'ok',
      torch: 'ok',
      'bridge-values': 'ok',
      'bridge-megabyte': 'ok',
      'bridge-noise': 'ok',
      'bridge-killed': 'ok',
    });
  });

  it('names what a Python lacks, and the command that installs it', async () => {
    const checks = await examine(findBasePython().executable);
    expect(statuses(checks)).toMatchObject({ python: 'ok', torch: 'broken', bridge: 'note' });
    expect(checks.find(({ id }) => id === 'torch')?.remedy).toMatch(
      /-m pip install -r ".*requirements\.in"$/,
    );
  });
});

it('notices a bridge that loses what JSON loses, cuts texts, and does not see the end of its worker', async () => {
  const worker = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60000)']);
  onTestFinished(() => void worker.kill('SIGKILL'));
  const lossy = await tryBridge({
    pid: worker.pid ?? 0,
    call: (fn, { meta, tensors }) => {
      if (fn === 'noisy_import.echo') return Promise.reject(new Error('the channel is damaged'));
      if (fn === 'self_test.sleep') return new Promise(() => undefined);
      const changed = Object.entries(tensors).map(([name, tensor]) => {
        const data =
          tensor.data instanceof Float64Array ? tensor.data : Float32Array.from(tensor.data as Float32Array);
        return [name, { ...tensor, data: data.map((value) => value + 0) }] as const;
      });
      return Promise.resolve({
        meta: typeof meta === 'string' ? meta.slice(0, 65_536) : meta,
        tensors: Object.fromEntries(changed),
      });
    },
  });
  expect(lossy.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'bridge-values broken',
    'bridge-megabyte broken',
    'bridge-noise broken',
    'bridge-killed broken',
  ]);
  const [denormal, list] = ['1.401298464324817e-45', 'NaN, Infinity, -Infinity'];
  expect(lossy[0]?.seen).toBe(
    `${list}, -0, ${denormal}, -${denormal} arrived as ${list}, 0, ${denormal}, -${denormal}`,
  );
});

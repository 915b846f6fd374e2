import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../package-root.js';
import { errorOf, waitUntil } from '../testing/promises.js';
import { eachInItsPlace, PACKAGES, usePath } from '../testing/python/fake-python.js';
import { ensureReferenceEnvironment, findReferencePython } from './environment.js';
import { ReferenceUnavailableError } from './errors.js';

const place = eachInItsPlace();

async function inTime(condition: () => boolean): Promise<void> {
  if (!(await waitUntil(condition, 15_000))) throw new Error('waited in vain');
}

/** Makes the environment in another Node process. */
function ensureInChild(environment: Record<string, string>): ChildProcess {
  const code = `
    import { ensureReferenceEnvironment } from './src/python/environment.ts';
    await ensureReferenceEnvironment({ root: ${JSON.stringify(place.root)}, log: () => undefined });`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: packageRoot(),
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
}

describe.skipIf(process.platform === 'win32')('making the reference environment', () => {
  beforeEach(() => {
    place.fakePython(join(place.work, 'bin'), 'python3');
    usePath(join(place.work, 'bin'));
  });

  it('says what it will download, makes the environment once, and finds it again', async () => {
    expect(findReferencePython(place.root)).toBeUndefined();
    const python = await ensureReferenceEnvironment({ root: place.root, log: place.log });
    expect(python).toMatch(/cache\/reference-[0-9a-f]{12}-3\.12\/bin\/python$/);
    expect(place.lines.join('\n')).toMatch(
      /0\.4 GB to download, 1\.5 GB on disk[\s\S]*ready after \d+ s: Python 3\.12\.1, torch 2\.13\.0/,
    );

    expect(await ensureReferenceEnvironment({ root: place.root, log: place.log })).toBe(python);
    expect(findReferencePython(place.root)).toBe(python);
    expect(place.pipRuns()).toBe(1);
    expect(readdirSync(place.root)).toHaveLength(1);
  });

  it('installs exactly the locked packages, by their hashes, and CUDA only for a PyTorch that needs it', async () => {
    await ensureReferenceEnvironment({ root: place.root, log: place.log });
    vi.stubEnv('FAKE_TORCH_NEEDS', 'nvidia-cudnn-cu13==9.20.0.48; platform_system == "Linux"');
    await ensureReferenceEnvironment({ root: join(place.work, 'other'), log: place.log });
    const locks = place.pipCalls().map((call) => {
      expect(call).toContain(' --no-deps --require-hashes --only-binary :all: -r ');
      return basename(call);
    });
    const [cpu, all, cuda] = ['requirements-cpu.txt', 'requirements.txt', 'requirements-cuda.txt'];
    expect(locks).toEqual([cpu, all, cpu, all, cuda]);
  });

  it('takes the usual PyTorch where no CPU build is to be found, and stops at any other failure', async () => {
    vi.stubEnv('FAKE_NO_CPU_BUILD', 'No matching distribution found for torch==2.13.0+cpu');
    await ensureReferenceEnvironment({ root: place.root, log: place.log });
    expect(place.pipCalls().map((call) => basename(call))).toEqual(['requirements.txt']);
    vi.stubEnv('FAKE_NO_CPU_BUILD', 'THESE PACKAGES DO NOT MATCH THE HASHES');
    const other = join(place.work, 'other');
    await expect(ensureReferenceEnvironment({ root: other, log: place.log })).rejects.toThrow(
      /DO NOT MATCH THE HASHES/,
    );
  });

  it('leaves nothing when a package that another one needs is not locked', async () => {
    vi.stubEnv('FAKE_CHECK_FAILS', 'torch 2.13.0 requires sympy, which is not installed.');
    const error = await errorOf(ensureReferenceEnvironment({ root: place.root, log: place.log }));
    expect(error).toMatchObject({ reason: 'install' });
    expect(String(error)).toContain('requires sympy, which is not installed');
    expect(readdirSync(place.root)).toEqual([]);
  });

  it('refuses one whose packages were changed since', async () => {
    const python = await ensureReferenceEnvironment({ root: place.root, log: place.log });
    place.fakePython(dirname(python), 'python', { packages: { ...PACKAGES, torch: '2.99.0' } });
    for (const ask of [
      () => ensureReferenceEnvironment({ root: place.root, log: place.log }),
      async () => findReferencePython(place.root),
    ]) {
      const error = await errorOf(ask());
      expect(error).toMatchObject({ reason: 'unsupported' });
      expect(String(error)).toContain('holds torch 2.99.0 instead of 2.13.0; delete its folder');
    }
  });

  it('uses the folder that SPARSE_ENCODER_CACHE names', async () => {
    vi.stubEnv('SPARSE_ENCODER_CACHE', join(place.work, 'elsewhere'));
    const python = await ensureReferenceEnvironment({ log: place.log });
    expect(python.startsWith(join(place.work, 'elsewhere'))).toBe(true);
    expect(findReferencePython()).toBe(python);
  });

  it('leaves nothing when pip fails, and quotes its last lines', async () => {
    vi.stubEnv('FAKE_PIP_FAILS', '1');
    const error = await errorOf(ensureReferenceEnvironment({ root: place.root, log: place.log }));
    expect(error).toBeInstanceOf(ReferenceUnavailableError);
    expect(error).toMatchObject({ reason: 'install' });
    expect(String(error)).toContain('ERROR: No matching distribution found');
    expect(String(error)).toContain('SPARSE_ENCODER_PYTHON');
    expect(readdirSync(place.root)).toEqual([]);
    vi.stubEnv('FAKE_PIP_FAILS', '');
    await ensureReferenceEnvironment({ root: place.root, log: place.log });
  });

  it('leaves nothing when a package is missing after all', async () => {
    place.fakePython(join(place.work, 'bin'), 'python3', { packages: { ...PACKAGES, torch: undefined } });
    const error = await errorOf(ensureReferenceEnvironment({ root: place.root, log: place.log }));
    expect(error).toMatchObject({ reason: 'install' });
    expect(String(error)).toContain('lacks torch');
    expect(readdirSync(place.root)).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'takes one that %s interrupted for absent and makes it anew',
    async (signal) => {
      const child = ensureInChild({ FAKE_PIP_WAIT: join(place.work, 'never') });
      await inTime(() => place.pipCalls().length === 1);
      const [folder = '', lock] = readdirSync(place.root).toSorted();
      writeFileSync(join(place.root, folder, 'half-written'), '');
      expect(lock).toBe(`${folder}.lock`);
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill(signal);
      await closed;

      expect(findReferencePython(place.root)).toBeUndefined();
      const python = await ensureReferenceEnvironment({ root: place.root, log: place.log });
      expect(findReferencePython(place.root)).toBe(python);
      expect(existsSync(join(place.root, folder, 'half-written'))).toBe(false);
      expect(readdirSync(place.root)).toEqual([folder]);
    },
  );

  it('waits for another process that is making it', async () => {
    const ready = join(place.work, 'ready');
    const child = ensureInChild({ FAKE_PIP_WAIT: ready });
    await inTime(() => place.pipCalls().length === 1);
    const mine = ensureReferenceEnvironment({ root: place.root, log: place.log });
    await inTime(() => place.lines.length > 0);
    expect(place.lines[0]).toContain(`Process ${child.pid} is already making`);
    writeFileSync(ready, '');
    expect(findReferencePython(place.root) ?? (await mine)).toBe(await mine);
    expect(place.pipRuns()).toBe(1);
  });

  it('makes it anew when the Python it was made with is gone', async () => {
    const python = await ensureReferenceEnvironment({ root: place.root, log: place.log });
    rmSync(python);
    expect(findReferencePython(place.root)).toBeUndefined();
    await ensureReferenceEnvironment({ root: place.root, log: place.log });
    expect(place.pipRuns()).toBe(2);
  });

  it('takes the first Python on PATH that is new enough and can make environments', async () => {
    place.fakePython(join(place.work, 'bin'), 'python3', { version: [3, 9, 18] });
    place.fakePython(join(place.work, 'bin'), 'python', { version: [2, 7, 18] });
    place.fakePython(join(place.work, 'bin'), 'python3.14', { version: [3, 14, 0], environments: false });
    place.fakePython(join(place.work, 'bin'), 'python3.13', { version: [3, 13, 2] });
    expect(await ensureReferenceEnvironment({ root: place.root, log: place.log })).toContain('-3.13/');
  });

  it('tells why no Python will do', async () => {
    vi.stubEnv('PATH', join(place.work, 'bin'));
    // The fake needs the shell's tools; only its own answers matter here.
    rmSync(join(place.work, 'bin', 'python3'));
    const error = await errorOf(ensureReferenceEnvironment({ root: place.root, log: place.log }));
    expect(error).toMatchObject({ reason: 'not-found' });
    expect(String(error)).toMatch(
      /no Python 3\.11 or newer was found[\s\S]*cannot run the Python interpreter "python3"/,
    );
    expect(existsSync(place.root)).toBe(false);
  });

  it('says so when the folder cannot be made', async () => {
    writeFileSync(place.root, 'a file');
    const error = await errorOf(
      ensureReferenceEnvironment({ root: join(place.root, 'cache'), log: place.log }),
    );
    expect(error).toMatchObject({ reason: 'install' });
    expect(String(error)).toContain('SPARSE_ENCODER_CACHE');
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../package-root.js';
import { ensureReferenceEnvironment, findReferencePython } from './environment.js';
import { ReferenceUnavailableError } from './errors.js';
import { readRequirements } from './requirements.js';

/**
 * A stand-in for Python: answers the probe, makes an "environment" by copying itself, and installs by writing a file.
 * FAKE_PIP_WAIT lets its pip wait until that file exists, or until its parent is gone.
 */
const FAKE_PYTHON = `#!/bin/sh
here=$(dirname "$0")
case "$1" in
  -c)
    case "$2" in *importlib.metadata.requires*) echo 'filelock'; echo "$FAKE_TORCH_NEEDS"; exit;; esac
    packages='{}'
    [ -f "$here/installed" ] && packages='FAKE_PACKAGES'
    printf '\\n{"executable": "%s", "version": FAKE_VERSION, "packages": %s, "environments": FAKE_ENVIRONMENTS}' "$0" "$packages"
    ;;
  *run_module.py)
    if [ "$2" = venv ]; then
      mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
    elif [ -n "$FAKE_NO_CPU_BUILD" ] && case "$*" in *requirements-cpu.txt) true;; *) false;; esac; then
      echo "ERROR: $FAKE_NO_CPU_BUILD"; exit 1
    elif [ "$3" = check ]; then
      if [ -n "$FAKE_CHECK_FAILS" ]; then echo "$FAKE_CHECK_FAILS"; exit 1; fi
    else
      echo 'Collecting torch==2.13.0'
      echo "$*" >> FAKE_LOG
      parent=$PPID
      while [ -n "$FAKE_PIP_WAIT" ] && [ ! -f "$FAKE_PIP_WAIT" ]; do
        kill -0 $parent 2>/dev/null || exit 1
        sleep 0.05
      done
      if [ -n "$FAKE_PIP_FAILS" ]; then echo 'ERROR: No matching distribution found' >&2; exit 1; fi
      touch "$here/installed"
    fi
    ;;
esac
`;

const PACKAGES = Object.fromEntries(readRequirements().map(({ name, version }) => [name, version]));

let work: string;
let root: string;
let pipLog: string;
let lines: string[];
const log = (line: string): void => void lines.push(line);

interface FakePython {
  version?: [number, number, number];
  environments?: boolean;
  packages?: Record<string, string | undefined>;
}

function fakePython(folder: string, name: string, options: FakePython = {}): string {
  const { version = [3, 12, 1], environments = true, packages = PACKAGES } = options;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  const script = FAKE_PYTHON.replace('FAKE_VERSION', JSON.stringify(version))
    .replace('FAKE_PACKAGES', JSON.stringify(packages))
    .replace('FAKE_ENVIRONMENTS', String(environments))
    .replace('FAKE_LOG', pipLog);
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return file;
}

/** Puts a fake Python before, or instead of, the real ones. */
function usePath(folder: string): void {
  vi.stubEnv('PATH', [folder, '/usr/bin', '/bin'].join(delimiter));
}

/** The arguments of each call of pip that installs. */
const pipCalls = (): string[] => (existsSync(pipLog) ? readFileSync(pipLog, 'utf8').trim().split('\n') : []);
/** How often all packages were installed. */
const pipRuns = (): number => pipCalls().filter((call) => basename(call) === 'requirements.txt').length;

async function waitUntil(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; !condition(); await sleep(20)) {
    if (Date.now() > end) throw new Error('waited in vain');
  }
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('expected a rejection'),
    (error: unknown) => error,
  );
}

/** Makes the environment in another Node process. */
function ensureInChild(environment: Record<string, string>): ChildProcess {
  const code = `
    import { ensureReferenceEnvironment } from './src/python/environment.ts';
    await ensureReferenceEnvironment({ root: ${JSON.stringify(root)}, log: () => undefined });`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: packageRoot(),
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
}

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'sparse-encoder-environment-'));
  root = join(work, 'cache');
  pipLog = join(work, 'pip.log');
  lines = [];
  vi.stubEnv('SPARSE_ENCODER_PYTHON', '');
  vi.stubEnv('SPARSE_ENCODER_CACHE', '');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(work, { recursive: true, force: true });
});

describe.skipIf(process.platform === 'win32')('making the reference environment', () => {
  beforeEach(() => {
    fakePython(join(work, 'bin'), 'python3');
    usePath(join(work, 'bin'));
  });

  it('says what it will download, makes the environment once, and finds it again', async () => {
    expect(findReferencePython(root)).toBeUndefined();
    const python = await ensureReferenceEnvironment({ root, log });
    expect(python).toMatch(/cache\/reference-[0-9a-f]{12}-3\.12\/bin\/python$/);
    expect(lines.join('\n')).toMatch(
      /0\.4 GB to download, 1\.5 GB on disk[\s\S]*ready after \d+ s: Python 3\.12\.1, torch 2\.13\.0/,
    );

    expect(await ensureReferenceEnvironment({ root, log })).toBe(python);
    expect(findReferencePython(root)).toBe(python);
    expect(pipRuns()).toBe(1);
    expect(readdirSync(root)).toHaveLength(1);
  });

  it('installs exactly the locked packages, by their hashes, and CUDA only for a PyTorch that needs it', async () => {
    await ensureReferenceEnvironment({ root, log });
    vi.stubEnv('FAKE_TORCH_NEEDS', 'nvidia-cudnn-cu13==9.20.0.48; platform_system == "Linux"');
    await ensureReferenceEnvironment({ root: join(work, 'other'), log });
    const locks = pipCalls().map((call) => {
      expect(call).toContain(' --no-deps --require-hashes --only-binary :all: -r ');
      return basename(call);
    });
    const [cpu, all, cuda] = ['requirements-cpu.txt', 'requirements.txt', 'requirements-cuda.txt'];
    expect(locks).toEqual([cpu, all, cpu, all, cuda]);
  });

  it('takes the usual PyTorch where no CPU build is to be found, and stops at any other failure', async () => {
    vi.stubEnv('FAKE_NO_CPU_BUILD', 'No matching distribution found for torch==2.13.0+cpu');
    await ensureReferenceEnvironment({ root, log });
    expect(pipCalls().map((call) => basename(call))).toEqual(['requirements.txt']);
    vi.stubEnv('FAKE_NO_CPU_BUILD', 'THESE PACKAGES DO NOT MATCH THE HASHES');
    const other = join(work, 'other');
    await expect(ensureReferenceEnvironment({ root: other, log })).rejects.toThrow(/DO NOT MATCH THE HASHES/);
  });

  it('leaves nothing when a package that another one needs is not locked', async () => {
    vi.stubEnv('FAKE_CHECK_FAILS', 'torch 2.13.0 requires sympy, which is not installed.');
    const error = await errorOf(ensureReferenceEnvironment({ root, log }));
    expect(error).toMatchObject({ reason: 'install' });
    expect(String(error)).toContain('requires sympy, which is not installed');
    expect(readdirSync(root)).toEqual([]);
  });

  it('refuses one whose packages were changed since', async () => {
    const python = await ensureReferenceEnvironment({ root, log });
    fakePython(dirname(python), 'python', { packages: { ...PACKAGES, torch: '2.99.0' } });
    for (const ask of [
      () => ensureReferenceEnvironment({ root, log }),
      async () => findReferencePython(root),
    ]) {
      const error = await errorOf(ask());
      expect(error).toMatchObject({ reason: 'unsupported' });
      expect(String(error)).toContain('holds torch 2.99.0 instead of 2.13.0; delete its folder');
    }
  });

  it('uses the folder that SPARSE_ENCODER_CACHE names', async () => {
    vi.stubEnv('SPARSE_ENCODER_CACHE', join(work, 'elsewhere'));
    const python = await ensureReferenceEnvironment({ log });
    expect(python.startsWith(join(work, 'elsewhere'))).toBe(true);
    expect(findReferencePython()).toBe(python);
  });

  it('leaves nothing when pip fails, and quotes its last lines', async () => {
    vi.stubEnv('FAKE_PIP_FAILS', '1');
    const error = await errorOf(ensureReferenceEnvironment({ root, log }));
    expect(error).toBeInstanceOf(ReferenceUnavailableError);
    expect(error).toMatchObject({ reason: 'install' });
    expect(String(error)).toContain('ERROR: No matching distribution found');
    expect(String(error)).toContain('SPARSE_ENCODER_PYTHON');
    expect(readdirSync(root)).toEqual([]);
    vi.stubEnv('FAKE_PIP_FAILS', '');
    await ensureReferenceEnvironment({ root, log });
  });

  it('leaves nothing when a package is missing after all', async () => {
    fakePython(join(work, 'bin'), 'python3', { packages: { ...PACKAGES, torch: undefined } });
    const error = await errorOf(ensureReferenceEnvironment({ root, log }));
    expect(error).toMatchObject({ reason: 'install' });
    expect(String(error)).toContain('lacks torch');
    expect(readdirSync(root)).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'takes one that %s interrupted for absent and makes it anew',
    async (signal) => {
      const child = ensureInChild({ FAKE_PIP_WAIT: join(work, 'never') });
      await waitUntil(() => pipCalls().length === 1);
      const [folder = '', lock] = readdirSync(root).toSorted();
      writeFileSync(join(root, folder, 'half-written'), '');
      expect(lock).toBe(`${folder}.lock`);
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill(signal);
      await closed;

      expect(findReferencePython(root)).toBeUndefined();
      const python = await ensureReferenceEnvironment({ root, log });
      expect(findReferencePython(root)).toBe(python);
      expect(existsSync(join(root, folder, 'half-written'))).toBe(false);
      expect(readdirSync(root)).toEqual([folder]);
    },
  );

  it('waits for another process that is making it', async () => {
    const ready = join(work, 'ready');
    const child = ensureInChild({ FAKE_PIP_WAIT: ready });
    await waitUntil(() => pipCalls().length === 1);
    const mine = ensureReferenceEnvironment({ root, log });
    await waitUntil(() => lines.length > 0);
    expect(lines[0]).toContain(`Process ${child.pid} is already making`);
    writeFileSync(ready, '');
    expect(findReferencePython(root) ?? (await mine)).toBe(await mine);
    expect(pipRuns()).toBe(1);
  });

  it('makes it anew when the Python it was made with is gone', async () => {
    const python = await ensureReferenceEnvironment({ root, log });
    rmSync(python);
    expect(findReferencePython(root)).toBeUndefined();
    await ensureReferenceEnvironment({ root, log });
    expect(pipRuns()).toBe(2);
  });

  it('takes the first Python on PATH that is new enough and can make environments', async () => {
    fakePython(join(work, 'bin'), 'python3', { version: [3, 9, 18] });
    fakePython(join(work, 'bin'), 'python', { version: [2, 7, 18] });
    fakePython(join(work, 'bin'), 'python3.14', { version: [3, 14, 0], environments: false });
    fakePython(join(work, 'bin'), 'python3.13', { version: [3, 13, 2] });
    expect(await ensureReferenceEnvironment({ root, log })).toContain('-3.13/');
  });

  it('tells why no Python will do', async () => {
    vi.stubEnv('PATH', join(work, 'bin'));
    // The fake needs the shell's tools; only its own answers matter here.
    rmSync(join(work, 'bin', 'python3'));
    const error = await errorOf(ensureReferenceEnvironment({ root, log }));
    expect(error).toMatchObject({ reason: 'not-found' });
    expect(String(error)).toMatch(
      /no Python 3\.11 or newer was found[\s\S]*cannot run the Python interpreter "python3"/,
    );
    expect(existsSync(root)).toBe(false);
  });

  it('says so when the folder cannot be made', async () => {
    writeFileSync(root, 'a file');
    const error = await errorOf(ensureReferenceEnvironment({ root: join(root, 'cache'), log }));
    expect(error).toMatchObject({ reason: 'install' });
    expect(String(error)).toContain('SPARSE_ENCODER_CACHE');
  });
});

describe.skipIf(process.platform === 'win32')("a user's own Python", () => {
  const own = (options: FakePython = {}): string => {
    writeFileSync(join(work, 'installed'), '');
    return fakePython(work, 'own-python', options);
  };

  it('is checked and never installed into', async () => {
    const python = own();
    expect(await ensureReferenceEnvironment({ python, root, log })).toBe(python);
    expect(lines).toEqual([]);
    expect(pipRuns()).toBe(0);
    expect(existsSync(root)).toBe(false);
  });

  it('is found through SPARSE_ENCODER_PYTHON', async () => {
    const python = own();
    vi.stubEnv('SPARSE_ENCODER_PYTHON', python);
    expect(findReferencePython(root)).toBe(python);
    expect(await ensureReferenceEnvironment({ root, log })).toBe(python);
  });

  it('may be a local build of the pinned version; another version is pointed out', async () => {
    const python = own({ packages: { ...PACKAGES, torch: '2.13.0+cpu', 'sentence-transformers': '6.3.0' } });
    await ensureReferenceEnvironment({ python, root, log });
    expect(lines).toEqual([`sentence-transformers is 6.3.0 in ${python}; the comparison is made for 6.2.0.`]);
  });

  it.each<[string, FakePython, string]>([
    ['is too old', { version: [3, 9, 18] }, 'is Python 3.9.18; the reference needs Python 3.11 or newer'],
    ['lacks packages', { packages: { torch: '2.13.0' } }, 'lacks sentence-transformers, transformers'],
  ])('is refused when it %s', async (_, options, text) => {
    const python = own(options);
    const error = await errorOf(ensureReferenceEnvironment({ python, root, log }));
    expect(error).toBeInstanceOf(ReferenceUnavailableError);
    expect(error).toMatchObject({ reason: 'unsupported' });
    expect(String(error)).toContain(text);
    vi.stubEnv('SPARSE_ENCODER_PYTHON', python);
    expect(() => findReferencePython(root)).toThrow(text);
  });

  it('is refused when it does not exist', async () => {
    const error = await errorOf(ensureReferenceEnvironment({ python: join(work, 'missing'), root, log }));
    expect(error).toMatchObject({ reason: 'not-found' });
  });
});

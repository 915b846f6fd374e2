import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyMeta } from '../arbitraries/meta.js';
import { type Reference, startReference } from './bridge.js';
import { findReferencePython } from './environment.js';
import { ExchangeError, ReferenceCallError, ReferenceUnavailableError } from './errors.js';
import type { JsonValue, Message, WireTensor } from './exchange.js';
import { packageRoot } from '../package-root.js';

const python = findReferencePython() ?? '';

const empty: Message = { meta: null, tensors: {} };
const message = (meta: JsonValue, tensors: Record<string, WireTensor> = {}): Message => ({ meta, tensors });

/** A dead process that nobody has waited for yet ("Z") does not run. */
function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

async function waitUntil(condition: () => boolean, limitMs: number): Promise<boolean> {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(20)) if (condition()) return true;
  return condition();
}

/** The error with which a promise rejects. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}

/** The exchange directory of the worker that writes its output to this file. */
function directoryOf(inode: number): string | undefined {
  const parents = ['/dev/shm', tmpdir()].filter((folder) => existsSync(folder));
  const folders = parents.flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)));
  const isIt = (folder: string): boolean =>
    statSync(join(folder, 'python.log'), { throwIfNoEntry: false })?.ino === inode;
  return folders.filter((folder) => basename(folder).startsWith('sparse-encoder-')).find(isIt);
}

async function directory(reference: Reference): Promise<string> {
  const { meta } = await reference.call('selftest.log_file', empty);
  const folder = directoryOf((meta as { inode: number }).inode);
  if (folder === undefined) throw new Error('the worker has no exchange directory');
  return folder;
}

interface Script {
  child: ChildProcess;
  output: () => string;
  /** Its exit code, once it has ended and all its output is there. */
  closed: Promise<number | null>;
}

/** Runs TypeScript in a Node process of its own, with `reference` started. */
function runScript(body: string): Script {
  const code = `
    import { startReference } from './parity/python/bridge.ts';
    const reference = await startReference({ python: ${JSON.stringify(python)} });
    const empty = { meta: null, tensors: {} };
    const { meta: log } = await reference.call('selftest.log_file', empty);
    console.log('pid', reference.pid, 'log', log.inode);
    ${body}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output: () => output, closed };
}

/** Waits for the script's worker: its process id, and the file of its output. */
async function workerOf(script: Script): Promise<{ pid: number; inode: number }> {
  const line = (): RegExpExecArray | null => /pid (\d+) log (\d+)\n/.exec(script.output());
  await waitUntil(() => line() !== null, 20_000);
  const [, pid, inode] = line() ?? [];
  if (pid === undefined) throw new Error(`the script did not start: ${script.output()}`);
  return { pid: Number(pid), inode: Number(inode) };
}

describe.runIf(python !== '')('a running reference', () => {
  let reference: Reference;
  beforeAll(async () => {
    reference = await startReference({ python });
  });
  afterAll(async () => {
    await reference.stop();
  });

  it('tells its versions and is a process of its own', () => {
    expect(reference.versions).toMatchObject({ torch: expect.stringMatching(/^2\./) as string, threads: 1 });
    expect(reference.versions.python).toMatch(/^3\.\d+\.\d+$/);
    expect(reference.versions.sentenceTransformers).toMatch(/^\d+\.\d+/);
    expect(isRunning(reference.pid)).toBe(true);
  });

  it('hands NaN, the infinities and -0 to Python bit by bit', async () => {
    const data = Float32Array.of(NaN, Infinity, -Infinity, -0, 2 ** -149);
    const { meta } = await reference.call(
      'selftest.describe',
      message(null, { x: { dtype: 'float32', shape: [5], data } }),
    );
    expect(meta).toMatchObject({
      tensors: {
        x: {
          text: ['nan', 'inf', '-inf', '-0.0', '1.401298464324817e-45'],
          hex: Buffer.from(data.buffer).toString('hex'),
        },
      },
    });
  });

  it('hands NaN, the infinities and -0 to Node bit by bit', async () => {
    const { tensors } = await reference.call('selftest.special_values', empty);
    const expected = [NaN, Infinity, -Infinity, -0, 0, 5e-324, 1.5];
    const doubles = [...(tensors['float64']?.data ?? [])];
    expect(doubles.every((value, index) => Object.is(value, expected[index])) && doubles.length === 7).toBe(
      true,
    );
    const singles = [...(tensors['float32']?.data ?? [])];
    expect(
      singles.every((value, index) => Object.is(value, Math.fround(expected[index] ?? 1))) &&
        singles.length === 7,
    ).toBe(true);
  });

  it('hands typed arrays over as numpy arrays of the same dtype and shape, which Python may write to', async () => {
    const { meta } = await reference.call(
      'selftest.describe',
      message(null, {
        float64: { dtype: 'float64', shape: [1, 2], data: Float64Array.of(0.1, -0) },
        int32: { dtype: 'int32', shape: [2, 1], data: Int32Array.of(-(2 ** 31), 7) },
        int64: { dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 62n + 1n) },
        bool: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
        nothing: { dtype: 'float32', shape: [0, 3], data: new Float32Array() },
      }),
    );
    expect(meta).toMatchObject({
      tensors: {
        float64: { dtype: 'float64', shape: [1, 2], text: ['0.1', '-0.0'], writable: true },
        int32: { dtype: 'int32', shape: [2, 1], text: ['-2147483648', '7'], writable: true },
        int64: { dtype: 'int64', shape: [], text: ['4611686018427387905'], writable: true },
        bool: { dtype: 'bool', shape: [2], text: ['True', 'False'], writable: true },
        nothing: { dtype: 'float32', shape: [0, 3], text: [] },
      },
    });
  });

  it('returns any bits and any meta as it got them', async () => {
    const anyBits = fc.uint8Array({ minLength: 16, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(anyBits, anyMeta, fc.string({ unit: 'binary' }), async (bits, meta, name) => {
        const sent = message(meta, {
          [`single ${name}`]: {
            dtype: 'float32',
            shape: [2, 2],
            data: new Float32Array(bits.slice().buffer),
          },
          [`double ${name}`]: { dtype: 'float64', shape: [2], data: new Float64Array(bits.slice().buffer) },
          [`integer ${name}`]: {
            dtype: 'int64',
            shape: [1, 2],
            data: new BigInt64Array(bits.slice().buffer),
          },
        });
        const received = await reference.call('selftest.echo', sent);
        expect(received.meta).toEqual(meta);
        expect(Object.keys(received.tensors)).toEqual(Object.keys(sent.tensors));
        for (const { data } of Object.values(received.tensors)) {
          expect(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).toEqual(bits);
        }
      }),
    );
  });

  it('returns arrays of every memory layout in row-major order', async () => {
    const { tensors } = await reference.call('selftest.layouts', empty);
    for (const name of ['row_major', 'column_major', 'transposed', 'strided', 'big_endian']) {
      expect(tensors[name]).toEqual({
        dtype: 'float64',
        shape: [2, 3],
        data: Float64Array.of(0, 1, 2, 3, 4, 5),
      });
    }
    expect(tensors['scalar']).toEqual({ dtype: 'float64', shape: [], data: Float64Array.of(-0) });
    expect(tensors['empty']).toEqual({ dtype: 'int64', shape: [0, 3], data: new BigInt64Array() });
  });

  it('carries replies far beyond 64 KiB, and tens of MB both ways', async () => {
    const { meta } = await reference.call('selftest.long_text', message({ length: 1_000_000 }));
    expect(meta).toEqual({ text: 'é'.repeat(1_000_000) });
    const data = Float32Array.from({ length: 8_000_000 }, (_, index) => index);
    const big = await reference.call(
      'selftest.echo',
      message(null, { big: { dtype: 'float32', shape: [8, 1_000_000], data } }),
    );
    expect(Buffer.compare(Buffer.from(data.buffer), viewOf(big.tensors['big']))).toBe(0);
  });

  it('reports a Python exception with its type, message and traceback, and goes on', async () => {
    const error = await errorOf(
      reference.call('selftest.raise_error', message({ message: 'bad labels: é\n2' })),
    );
    expect(error).toBeInstanceOf(ReferenceCallError);
    expect(error).toMatchObject({
      fn: 'selftest.raise_error',
      pythonType: 'ValueError',
      pythonMessage: 'bad labels: é\n2',
    });
    expect(error).toHaveProperty(
      'pythonTraceback',
      expect.stringMatching(/selftest\.py", line \d+, in raise_error/),
    );
    expect((await reference.call('selftest.echo', message('next'))).meta).toBe('next');
  });

  it('survives a function that calls sys.exit', async () => {
    expect(await errorOf(reference.call('selftest.leave', empty))).toMatchObject({
      pythonType: 'SystemExit',
    });
    expect((await reference.call('selftest.echo', message('next'))).meta).toBe('next');
  });

  it.each(['float16', 'list', 'large integer', 'infinity', 'array in meta', 'number as key'])(
    'refuses a result with %s',
    async (kind) => {
      const error = await errorOf(reference.call('selftest.unfit', message(kind)));
      expect(error).toMatchObject({ name: 'ReferenceCallError', pythonType: 'ExchangeError' });
    },
  );

  it('refuses NaN in meta from either side', async () => {
    expect(await errorOf(reference.call('selftest.echo', message({ margin: NaN })))).toBeInstanceOf(
      ExchangeError,
    );
    expect(await errorOf(reference.call('selftest.nan_in_meta', empty))).toMatchObject({
      pythonType: 'ExchangeError',
    });
  });

  it.each(['selftest.missing', 'selftest.np', 'selftest.__loader__', 'os.getcwd', 'selftest', ''])(
    'has no function %j',
    async (fn) => {
      const error = await errorOf(reference.call(fn, empty));
      expect(error).toMatchObject({ name: 'ReferenceCallError', pythonType: 'LookupError' });
    },
  );

  it('runs calls in the order they were made, while Node stays free', async () => {
    let ticks = 0;
    const clock = setInterval(() => (ticks += 1), 10);
    const finished: number[] = [];
    const note = async (index: number, seconds: number): Promise<void> => {
      await reference.call('selftest.sleep', message({ seconds }));
      finished.push(index);
    };
    await Promise.all([note(0, 0.4), note(1, 0), note(2, 0.1), note(3, 0)]);
    clearInterval(clock);
    expect(finished).toEqual([0, 1, 2, 3]);
    expect(ticks).toBeGreaterThan(20);
  });

  it('sends the values that an array had when the call was made', async () => {
    const data = Float32Array.of(1);
    const busy = reference.call('selftest.sleep', message({ seconds: 0.1 }));
    const echo = reference.call(
      'selftest.echo',
      message(null, { x: { dtype: 'float32', shape: [1], data } }),
    );
    data[0] = 2;
    await busy;
    expect((await echo).tensors['x']?.data).toEqual(Float32Array.of(1));
  });

  it('gives Python the environment of an offline comparison and the asked number of threads', async () => {
    const { meta } = await reference.call('selftest.environment', empty);
    expect(meta).toEqual({
      threads: 1,
      variables: {
        HF_HUB_OFFLINE: '1',
        TRANSFORMERS_OFFLINE: '1',
        TOKENIZERS_PARALLELISM: 'false',
        PYTHONUTF8: '1',
        NODE_CHANNEL_FD: null,
      },
    });
    expect(process.env['HF_HUB_OFFLINE']).toBeUndefined();
  });

  it('refuses a second worker in the same process', async () => {
    expect(await errorOf(startReference({ python }))).toMatchObject({
      reason: 'start',
      message: expect.stringContaining('already running') as string,
    });
  });

  it('refuses a deadline that is no positive number', async () => {
    for (const deadlineMs of [0, -1, NaN]) {
      expect(await errorOf(reference.call('selftest.echo', empty, { deadlineMs }))).toBeInstanceOf(
        RangeError,
      );
    }
    expect((await reference.call('selftest.echo', message('long'), { deadlineMs: Infinity })).meta).toBe(
      'long',
    );
  });

  it('keeps the file of what Python prints small', async () => {
    const log = join(await directory(reference), 'python.log');
    for (let call = 0; call < 3; call += 1) {
      await reference.call('selftest.print_much', message({ length: 2 ** 20 }));
    }
    await reference.call('selftest.echo', empty);
    expect(statSync(log).size).toBeLessThan(2 ** 20);
  });

  it('leaves no file of a finished call behind', async () => {
    const folder = await directory(reference);
    await reference.call('selftest.raise_error', message({ message: '' })).catch(() => undefined);
    expect(readdirSync(folder)).toEqual(['python.log']);
  });
});

describe.runIf(python !== '')('a reference that fails', () => {
  it('rejects the running and the waiting calls within a second when Python is killed', async () => {
    const reference = await startReference({ python });
    const calls = [
      reference.call('selftest.sleep', message({ seconds: 60 })),
      reference.call('selftest.echo', empty),
    ].map(errorOf);
    await sleep(300);
    process.kill(reference.pid, 'SIGKILL');
    const killed = Date.now();
    const errors = await Promise.all(calls);
    expect(Date.now() - killed).toBeLessThan(1000);
    for (const error of errors) {
      expect(error).toBeInstanceOf(ReferenceUnavailableError);
      expect(error).toMatchObject({ reason: 'died', message: expect.stringContaining('SIGKILL') as string });
    }
    expect(await errorOf(reference.call('selftest.echo', empty))).toMatchObject({ reason: 'died' });
    await reference.stop();
  });

  it('quotes what Python printed last when it dies', async () => {
    const reference = await startReference({ python });
    const error = await errorOf(reference.call('selftest.kill_itself', empty));
    expect(error).toMatchObject({
      reason: 'died',
      message: expect.stringContaining('last words of the worker') as string,
    });
  });

  it('kills a Python that misses a deadline, and lets another one start', async () => {
    const reference = await startReference({ python });
    const started = Date.now();
    const error = await errorOf(
      reference.call('selftest.sleep', message({ seconds: 60 }), { deadlineMs: 300 }),
    );
    expect(Date.now() - started).toBeLessThan(1500);
    expect(error).toBeInstanceOf(ReferenceUnavailableError);
    expect(error).toMatchObject({
      reason: 'deadline',
      message: expect.stringContaining('selftest.sleep took longer than 300 ms') as string,
    });
    expect(await waitUntil(() => !isRunning(reference.pid), 1000)).toBe(true);

    const next = await startReference({ python, threads: 2 });
    expect((await next.call('selftest.environment', empty)).meta).toMatchObject({ threads: 2 });
    await next.stop();
  });

  it('counts a deadline from the moment when Python begins with the call', async () => {
    const reference = await startReference({ python });
    const first = reference.call('selftest.sleep', message({ seconds: 0.6 }));
    const second = reference.call('selftest.echo', message('in time'), { deadlineMs: 400 });
    await first;
    expect((await second).meta).toBe('in time');
    await reference.stop();
  });

  it('rejects when Python does not start in time', async () => {
    const error = await errorOf(startReference({ python, startDeadlineMs: 1 }));
    expect(error).toMatchObject({
      reason: 'deadline',
      message: expect.stringContaining('start of Python') as string,
    });
  });

  it('rejects calls when it is stopped, ends Python and removes its folder; stopping twice is fine', async () => {
    const reference = await startReference({ python });
    const folder = await directory(reference);
    const call = errorOf(reference.call('selftest.sleep', message({ seconds: 60 })));
    await sleep(100);
    await reference.stop();
    await reference.stop();
    expect(await call).toMatchObject({ reason: 'stopped' });
    expect(isRunning(reference.pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    [
      'a missing interpreter',
      'no-such-python',
      'not-found',
      'cannot run the Python interpreter "no-such-python"',
    ],
    ['a program that is not Python', 'node', 'not-found', 'node'],
  ])('names %s', async (_, command, reason, text) => {
    const error = await errorOf(startReference({ python: command }));
    expect(error).toBeInstanceOf(ReferenceUnavailableError);
    expect(error).toMatchObject({ reason, message: expect.stringContaining(text) as string });
  });
});

describe.runIf(python !== '')('a script that uses the reference', () => {
  it('ends by itself without stopping it, and leaves no Python and no folder', async () => {
    const script = runScript(`await reference.call('selftest.echo', empty); console.log('done');`);
    const { pid, inode } = await workerOf(script);
    const code = await script.closed;
    expect({ code, output: script.output() }).toEqual({ code: 0, output: `pid ${pid} log ${inode}\ndone\n` });
    expect(await waitUntil(() => !isRunning(pid), 1000)).toBe(true);
    expect(directoryOf(inode)).toBeUndefined();
  });

  it('ends by itself after Python was killed', async () => {
    const script = runScript(
      `await reference.call('selftest.kill_itself', empty).catch((error) => console.log(error.reason));`,
    );
    const code = await script.closed;
    expect(script.output()).toMatch(/died\n$/);
    expect(code).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'leaves no Python and no folder when %s ends it',
    async (signal) => {
      const script = runScript(
        `await reference.call('selftest.sleep', { meta: { seconds: 60 }, tensors: {} });`,
      );
      const { pid, inode } = await workerOf(script);
      await sleep(200);
      script.child.kill(signal);
      await script.closed;
      expect(await waitUntil(() => !isRunning(pid), 2000)).toBe(true);
      expect(directoryOf(inode)).toBeUndefined();
    },
  );

  it('shows nothing of what Python prints, and Python reads nothing of its input', async () => {
    const script = runScript(
      `const { meta } = await reference.call('selftest.talk', empty); console.log(JSON.stringify(meta));`,
    );
    const { pid, inode } = await workerOf(script);
    await script.closed;
    expect(script.output()).toBe(`pid ${pid} log ${inode}\n{"stdin":""}\n`);
  });
});

function viewOf(tensor: WireTensor | undefined): Buffer {
  return tensor === undefined
    ? Buffer.alloc(0)
    : Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

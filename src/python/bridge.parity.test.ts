import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../testing/promises.js';
import { anyMeta } from '../testing/python/any-meta.js';
import { endSharedReference } from '../testing/python/live-reference.js';
import { python, selftest, empty, message, isRunning, directory } from '../testing/python/worker-process.js';
import { type Reference, startWorker } from './bridge.js';
import { ExchangeError, ReferenceCallError } from './errors.js';
import type { WireTensor } from './exchange.js';

describe.runIf(python !== '')('a running reference', () => {
  let reference: Reference;
  beforeAll(async () => {
    await endSharedReference();
    reference = await startWorker(selftest, { python });
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
    expect(await errorOf(startWorker(selftest, { python }))).toMatchObject({
      reason: 'start',
      message: expect.stringContaining('already running') as string,
    });
  });

  it('refuses a deadline that is not a positive number', async () => {
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

function viewOf(tensor: WireTensor | undefined): Buffer {
  return tensor === undefined
    ? Buffer.alloc(0)
    : Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

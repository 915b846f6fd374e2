import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyMeta } from '../testing/python/any-meta.js';
import { ExchangeError } from './errors.js';
import {
  type Dtype,
  type JsonValue,
  type Message,
  type WireTensor,
  decodeMessage,
  encodeMessage,
} from './exchange.js';

const float32 = (...values: number[]): WireTensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});

const bytesOf = ({ data }: WireTensor): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const makeData: Record<Dtype, (length: number, bits: Uint8Array) => WireTensor['data']> = {
  float32: (length, bits) => new Float32Array(bits.slice(0, 4 * length).buffer),
  float64: (length, bits) => new Float64Array(bits.slice(0, 8 * length).buffer),
  int32: (length, bits) => new Int32Array(bits.slice(0, 4 * length).buffer),
  int64: (length, bits) => new BigInt64Array(bits.slice(0, 8 * length).buffer),
  bool: (length, bits) => bits.slice(0, length).map((value) => value % 2),
};

/** Every bit pattern of every dtype, including NaNs with payloads; shapes of rank 0 to 3, including empty ones. */
const anyTensor: fc.Arbitrary<WireTensor> = fc
  .record({
    dtype: fc.constantFrom<Dtype>('float32', 'float64', 'int32', 'int64', 'bool'),
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
    bits: fc.uint8Array({ minLength: 216, maxLength: 216 }),
  })
  .map(({ dtype, shape, bits }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return { dtype, shape, data: makeData[dtype](length, bits) };
  });

/** Replaces a part of the header by another of the same length and corrects the checksum. */
function forge(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return resealed(Buffer.from(Buffer.from(bytes).toString('latin1').replace(from, to), 'latin1'));
}

function resealed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const digest = createHash('sha1').update(copy.subarray(48)).digest();
  copy.set(digest, 24);
  return copy;
}

describe('the exchange format', () => {
  it('returns any message bit by bit', () => {
    fc.assert(
      fc.property(anyMeta, fc.dictionary(fc.string(), anyTensor), (meta, tensors) => {
        const decoded = decodeMessage(encodeMessage({ meta, tensors }));
        expect(decoded.meta).toEqual(meta);
        expect(Object.keys(decoded.tensors)).toEqual(Object.keys(tensors));
        for (const [name, tensor] of Object.entries(tensors)) {
          const result = decoded.tensors[name];
          expect(result).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape });
          expect(result?.data.constructor).toBe(tensor.data.constructor);
          expect(result && bytesOf(result)).toEqual(bytesOf(tensor));
        }
      }),
    );
  });

  it('keeps NaN, the infinities, -0 and the smallest number', () => {
    const values = [NaN, Infinity, -Infinity, -0, 0, 2 ** -149];
    const decoded = decodeMessage(encodeMessage({ meta: null, tensors: { values: float32(...values) } }));
    const data = [...(decoded.tensors['values']?.data ?? [])];
    expect(data.every((value, index) => Object.is(value, values[index]))).toBe(true);
    expect(data).toHaveLength(values.length);
  });

  it('encodes a view into a larger buffer as its own part only', () => {
    const data = Float64Array.of(1, 2, 3, 4).subarray(1, 3);
    const decoded = decodeMessage(
      encodeMessage({ meta: null, tensors: { part: { dtype: 'float64', shape: [2], data } } }),
    );
    expect(decoded.tensors['part']?.data).toEqual(Float64Array.of(2, 3));
  });

  it('decodes bytes that start at an odd address', () => {
    const bytes = encodeMessage({ meta: null, tensors: { x: float32(1, 2, 3) } });
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeMessage(shifted.subarray(1)).tensors['x']?.data).toEqual(Float32Array.of(1, 2, 3));
  });

  it('decodes without a copy of the data', () => {
    const bytes = encodeMessage({ meta: null, tensors: { x: float32(1, 2), y: float32(3) } });
    const { tensors } = decodeMessage(bytes);
    for (const { data } of Object.values(tensors)) {
      expect(data.buffer).toBe(bytes.buffer);
      expect(data.byteOffset % 8).toBe(0);
    }
  });

  it('carries a thousand tensors of 40 MB together in less than two seconds', () => {
    const tensors = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `t${index}`,
        { ...float32(), shape: [10_000], data: new Float32Array(10_000).fill(index) },
      ]),
    );
    const started = performance.now();
    const decoded = decodeMessage(encodeMessage({ meta: null, tensors }));
    expect(performance.now() - started).toBeLessThan(2000);
    expect(decoded.tensors['t999']?.data[9_999]).toBe(999);
  });
});

const encodeMeta = (meta: unknown) => () => encodeMessage({ meta: meta as JsonValue, tensors: {} });

describe('encoding refuses', () => {
  it.each([
    [NaN, 'meta.options.0.margin is NaN'],
    [Infinity, 'meta.options.0.margin is Infinity'],
    [-Infinity, 'meta.options.0.margin is -Infinity'],
    [-0, 'meta.options.0.margin is -0'],
    [2 ** 60, 'meta.options.0.margin is 1152921504606847000'],
    [undefined, 'meta.options.0.margin is a undefined'],
    [3n, 'meta.options.0.margin is a bigint'],
    [new Float32Array(1), 'meta.options.0.margin is a Float32Array'],
    [new Date(0), 'meta.options.0.margin is a Date'],
  ])('%s in meta, and says where it is', (margin, message) => {
    expect(encodeMeta({ options: [{ margin }] })).toThrow(ExchangeError);
    expect(encodeMeta({ options: [{ margin }] })).toThrow(message);
  });

  it.each<[string, WireTensor, string]>([
    [
      'a shape that does not fit',
      { ...float32(1, 2), shape: [3] },
      '2 elements, which do not fit its shape [3]',
    ],
    ['a negative size', { ...float32(1, 2), shape: [-1, -2] }, 'do not fit its shape'],
    ['an array of another type', { ...float32(1), data: Float64Array.of(1) }, 'needs a Float32Array'],
    ['an unknown dtype', { ...float32(1), dtype: 'float16' as Dtype }, 'dtype float16'],
    [
      'a truth value of 2',
      { dtype: 'bool', shape: [1], data: Uint8Array.of(2) },
      'values other than 0 and 1',
    ],
  ])('%s', (_, tensor, message) => {
    const encode = () => encodeMessage({ meta: null, tensors: { scores: tensor } });
    expect(encode).toThrow(ExchangeError);
    expect(encode).toThrow(message);
    expect(encode).toThrow('"scores"');
  });
});

describe('decoding refuses', () => {
  const message: Message = { meta: { loss: 'SparseCoSENTLoss' }, tensors: { scores: float32(1, 2, 3, 4) } };
  const bytes = encodeMessage(message);

  it('a file that was cut at any place', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeMessage(bytes.subarray(0, length)), `cut to ${length}`).toThrow(ExchangeError);
    }
  });

  it('a file with one changed byte, wherever it is', () => {
    // The four bytes after the checksum are padding.
    const positions = [...bytes.keys()].filter((position) => position < 44 || position >= 48);
    for (const position of positions) {
      const changed = bytes.slice();
      changed[position] = (changed[position] ?? 0) ^ 1;
      expect(() => decodeMessage(changed), `byte ${position}`).toThrow(ExchangeError);
    }
  });

  it.each([
    ['a shape that does not fit the bytes', '"shape":[4]', '"shape":[5]', 'do not fit its shape [5]'],
    ['a tensor outside the file', '"offset":0', '"offset":8', 'outside the file'],
    ['an unknown dtype', '"float32"', '"float33"', 'dtype float33'],
    ['a header without tensors', '"tensors"', '"tensorz"', 'no "meta" and "tensors"'],
    ['a header that is not JSON', '{"meta"', '["meta"', 'not JSON'],
  ])('%s, even with the right checksum', (_, from, to, text) => {
    const forged = forge(bytes, from, to);
    expect(forged).toHaveLength(bytes.length);
    expect(() => decodeMessage(forged)).toThrow(ExchangeError);
    expect(() => decodeMessage(forged)).toThrow(text);
  });

  it('a header longer than the file, even with the right checksum', () => {
    const forged = bytes.slice();
    new DataView(forged.buffer).setBigUint64(16, 2n ** 40n, true);
    expect(() => decodeMessage(resealed(forged))).toThrow(ExchangeError);
  });
});

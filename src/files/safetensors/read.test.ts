import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../../errors.js';
import { safetensorsBytes } from '../../testing/files/safetensors-bytes.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { MAX_HEADER_BYTES } from './header.js';
import { decodeSafetensors, readSafetensors } from './read.js';

const f32 = (shape: unknown, offsets: unknown): object => ({ dtype: 'F32', shape, data_offsets: offsets });
const lengthOnly = (length: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(length, 0n).buffer);

const LIES: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
  ['nothing', new Uint8Array(0), /^w has 0 bytes; expected a safetensors file/],
  ['half a length', new Uint8Array(7), /^w has 7 bytes/],
  ['a header beyond the file', lengthOnly(9n), /states a header of 9 bytes, but 8 follow/],
  ['a header beyond the limit', lengthOnly(BigInt(MAX_HEADER_BYTES + 1)), /at most 33554432/],
  ['a length of 2^64 - 1', lengthOnly(2n ** 64n - 1n), /at most 33554432/],
  ['a web page', Buffer.from('<!doctype html>'), /^w begins like a web page: .*expected a safetensors file/],
  ['an archive', Buffer.from('PK\u0003\u0004\u0000\u0000\u0008\u0008'), /^w begins like a zip archive/],
  ['a header as long as the number of two bytes of a page', lengthOnly(0x213cn), /states a header of 8508/],
  ['an empty header', safetensorsBytes('', 0), /header, line 1, column 1: the text ends/],
  ['no JSON', safetensorsBytes('{"a"', 0), /header, line 1, column 5: the text ends; expected ":"/],
  ['no UTF-8', safetensorsBytes(Uint8Array.of(0x7b, 0xff), 0), /header is not UTF-8/],
  ['a byte order mark', safetensorsBytes('\ufeff{}', 0), /begins with its first byte/],
  ['a list', safetensorsBytes('[]', 0), /not a JSON object/],
  ['a header that begins with a space', safetensorsBytes(' {}', 0), /begins with its first byte/],
  ['a deep header', safetensorsBytes('['.repeat(100_000), 0), /at most 128 lists/],
  ['a tensor of null', safetensorsBytes({ a: null }, 0), /tensor "a" is null; expected {"dtype"/],
  [
    'an unknown type',
    safetensorsBytes({ a: { ...f32([1], [0, 4]), dtype: 'F8_E4M3' } }, 4),
    /tensor "a" has dtype "F8_E4M3"; expected one of BOOL, U8/,
  ],
  [
    'a type named like a method',
    safetensorsBytes({ a: { ...f32([1], [0, 4]), dtype: 'toString' } }, 4),
    /has dtype "toString"/,
  ],
  ['a shape of a text', safetensorsBytes({ a: f32('1', [0, 4]) }, 4), /has shape "1"; expected a list/],
  ['a negative size', safetensorsBytes({ a: f32([-1], [0, 4]) }, 4), /shape with -1; expected whole/],
  [
    'a fraction of a size',
    safetensorsBytes({ a: f32([0.5, 2], [0, 4]) }, 4),
    /shape with 0.5; expected whole/,
  ],
  ['two negative sizes', safetensorsBytes({ a: f32([-1, -1], [0, 4]) }, 4), /shape with -1/],
  ['a size as text', safetensorsBytes({ a: f32(['1'], [0, 4]) }, 4), /shape with "1"/],
  [
    'a size beyond 2^53',
    safetensorsBytes('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4),
    /shape with 9007199254740992/,
  ],
  [
    'a product that overflows',
    safetensorsBytes({ a: f32([2 ** 32, 2 ** 32, 2 ** 32], [0, 4]) }, 4),
    /expected the 3.1\d*e\+29 that shape/,
  ],
  [
    'a bomb',
    safetensorsBytes({ a: f32([1e12], [0, 4e12]) }, 4),
    /ends at byte 4000000000000 of the data, but the file has 4/,
  ],
  [
    'one offset',
    safetensorsBytes({ a: f32([1], [4]) }, 4),
    /has data_offsets a list of 1; expected \[start, end\]/,
  ],
  ['a negative offset', safetensorsBytes({ a: f32([2], [-4, 4]) }, 4), /data_offsets with -4/],
  ['offsets in the wrong order', safetensorsBytes({ a: f32([1], [4, 0]) }, 4), /expected the start first/],
  [
    'too few bytes for a shape',
    safetensorsBytes({ a: f32([3], [0, 8]) }, 8),
    /data_offsets \[0, 8\] over 8 bytes; expected the 12 that shape \[3\] of F32 takes/,
  ],
  [
    'an overlap',
    safetensorsBytes({ a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, 12),
    /tensor "b" begins at byte 4 of the data and overlaps the tensor before it; expected 8/,
  ],
  [
    'the same bytes twice',
    safetensorsBytes({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, 4),
    /"b" begins at byte 0 of the data and overlaps/,
  ],
  [
    'a gap',
    safetensorsBytes({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12),
    /tensor "b" begins at byte 8 of the data and leaves a gap before it; expected 4/,
  ],
  ['a gap at the start', safetensorsBytes({ a: f32([1], [4, 8]) }, 8), /leaves a gap before it; expected 0/],
  ['bytes at the end', safetensorsBytes({ a: f32([1], [0, 4]) }, 9), /5 bytes follow the last tensor/],
  ['data without a tensor', safetensorsBytes({}, 3), /3 bytes follow/],
  [
    'a cut in the data',
    safetensorsBytes({ a: f32([2], [0, 8]) }, 7),
    /ends at byte 8 of the data, but the file has 7; it was cut short/,
  ],
  [
    'one name twice',
    safetensorsBytes(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
      2,
    ),
    /the key "a" comes twice/,
  ],
  [
    'the name __proto__',
    safetensorsBytes('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    /tensor "__proto__" has a name that no tensor may have/,
  ],
  [
    'metadata that are not texts',
    safetensorsBytes({ __metadata__: { format: 1 } }, 0),
    /__metadata__ has 1 under "format"; expected a text/,
  ],
  ['metadata as a list', safetensorsBytes({ __metadata__: [] }, 0), /__metadata__ is a list of 0/],
];

describe('decodeSafetensors', () => {
  it.each(LIES)('refuses %s', (_, bytes, message) => {
    const read = (): unknown => decodeSafetensors(bytes, 'w');
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(message);
  });

  it('reads tensors called like properties of objects', () => {
    const { tensors } = decodeSafetensors(
      safetensorsBytes({ constructor: f32([1], [0, 4]), toString: f32([0], [4, 4]) }, 4),
    );
    expect([...tensors.keys()]).toEqual(['constructor', 'toString']);
  });

  it('reads scalars and empty tensors', () => {
    const { tensors } = decodeSafetensors(
      safetensorsBytes({ a: f32([], [0, 4]), b: f32([0, 3], [4, 4]), c: f32([0], [0, 0]) }, 4),
    );
    expect([...tensors.values()].map(({ name, values }) => [name, values().length])).toEqual([
      ['c', 0],
      ['a', 1],
      ['b', 0],
    ]);
  });

  it('gives floats as a view of the bytes where they are aligned, else as a copy', () => {
    const bytes = safetensorsBytes({ a: f32([2], [0, 8]) }, 8);
    for (const shift of [0, 1]) {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      const { tensors } = decodeSafetensors(moved.subarray(shift));
      const values = tensors.get('a')?.values();
      expect(new Uint8Array(values?.buffer ?? new ArrayBuffer(0), values?.byteOffset, 8)).toEqual(
        Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7),
      );
      const aligned = (shift + bytes.length - 8) % 4 === 0;
      expect(values?.buffer === moved.buffer).toBe(aligned);
    }
  });
});

describe('types', () => {
  const stored = (dtype: string, shape: number[], data: ArrayBufferView): Uint8Array => {
    const bytes = safetensorsBytes(
      { a: { dtype, shape, data_offsets: [0, data.byteLength] } },
      data.byteLength,
    );
    bytes.set(new Uint8Array(data.buffer), bytes.length - data.byteLength);
    return bytes;
  };
  const valuesOf = (dtype: string, data: Exclude<ArrayBufferView, DataView> & { length: number }): unknown =>
    decodeSafetensors(stored(dtype, [data.length], data), 'w')
      .tensors.get('a')
      ?.values();

  it('gives every float as float32 and every whole number as int32', () => {
    expect(valuesOf('F16', Uint16Array.of(0x3c00, 0x8000, 1))).toEqual(Float32Array.of(1, -0, 2 ** -24));
    expect(valuesOf('BF16', Uint16Array.of(0x3f80))).toEqual(Float32Array.of(1));
    expect(valuesOf('F64', Float64Array.of(0.1, 1e300, -0))).toEqual(Float32Array.of(0.1, Infinity, -0));
    expect(valuesOf('I32', Int32Array.of(-5))).toEqual(Int32Array.of(-5));
    expect(valuesOf('U8', Uint8Array.of(200))).toEqual(Uint8Array.of(200));
    expect(valuesOf('BOOL', Uint8Array.of(1, 0))).toEqual(Uint8Array.of(1, 0));
    const limits = [-(2n ** 31n), -1n, 0n, 2n ** 31n - 1n];
    expect(valuesOf('I64', BigInt64Array.from(limits))).toEqual(Int32Array.from(limits, Number));
  });

  it('refuses an I64 that takes more than 32 bits, naming it', () => {
    const wrong = [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    for (const value of wrong) {
      expect(() => valuesOf('I64', BigInt64Array.of(0n, value))).toThrow(
        `w: tensor "a" is I64 and has ${value} at index 1; expected a number of 32 bits`,
      );
    }
  });

  it('refuses a BOOL that is neither 0 nor 1', () => {
    expect(() => valuesOf('BOOL', Uint8Array.of(1, 2))).toThrow(
      'w: tensor "a" is BOOL and has 2 at index 1; expected 0 or 1',
    );
  });
});

describe('readSafetensors', () => {
  const file = safetensorsBytes(
    { __metadata__: { format: 'pt', é: '1' }, a: f32([2, 2], [0, 16]), b: f32([1], [16, 20]) },
    20,
  );

  it('aligns the data whatever the length of the header', () => {
    const path = join(temporaryFolder(), 'w');
    for (const name of ['a', 'ab', 'abc', 'abcd']) {
      writeFileSync(path, safetensorsBytes({ [name]: f32([1], [0, 4]), z: f32([1], [4, 8]) }, 8));
      const values = [...readSafetensors(path).tensors.values()].map((tensor) => tensor.values());
      expect(values[0]?.buffer).toBe(values[1]?.buffer);
    }
  });

  it('gives names, shapes and metadata', () => {
    const path = join(temporaryFolder(), 'w');
    writeFileSync(path, file);
    const { tensors, metadata } = readSafetensors(path);
    expect([...tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['a', 'F32', [2, 2]],
      ['b', 'F32', [1]],
    ]);
    expect([...metadata]).toEqual([
      ['format', 'pt'],
      ['é', '1'],
    ]);
  });

  it('refuses the file cut short at any byte', () => {
    const path = join(temporaryFolder(), 'w');
    writeFileSync(path, file);
    for (let size = file.length - 1; size >= 0; size--) {
      truncateSync(path, size);
      expect(() => readSafetensors(path), String(size)).toThrow(ModelFileError);
    }
  });

  it('refuses what is not a file', () => {
    const folder = temporaryFolder();
    expect(() => readSafetensors(folder)).toThrow(
      `${folder} is not a regular file; expected a safetensors file`,
    );
    expect(() => readSafetensors(join(folder, 'none'))).toThrow(
      /none cannot be read; expected a safetensors file: ENOENT/,
    );
  });
});

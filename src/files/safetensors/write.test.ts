import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../errors.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { narrowToHalf, widenHalf } from './half.js';
import { readSafetensors } from './read.js';
import { type TensorToStore, writeSafetensors } from './write.js';

const float = (name: string, shape: number[], values: Float32Array): TensorToStore => ({
  name,
  shape,
  dtype: 'float32',
  values,
});
const whole = (name: string, shape: number[], values: Int32Array): TensorToStore => ({
  name,
  shape,
  dtype: 'int32',
  values,
});

const tensor = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.array(fc.nat(3), { maxLength: 3 }), fc.boolean())
  .chain(([name, shape, isFloat]): fc.Arbitrary<TensorToStore> => {
    const length = shape.reduce((product, size) => product * size, 1);
    const size = { minLength: length, maxLength: length };
    return isFloat
      ? fc.float32Array(size).map((values) => float(name, shape, values))
      : fc.int32Array(size).map((values) => whole(name, shape, values));
  });

describe('writeSafetensors', () => {
  it('is read again as it was written, whatever names, shapes and types', async () => {
    const path = join(temporaryFolder(), 'w');
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(tensors, fc.constantFrom('F32' as const, 'F16' as const), async (list, dtype) => {
        await writeSafetensors(path, list, { dtype });
        const read = readSafetensors(path);
        expect(read.tensors.size).toBe(list.length);
        for (const { name, shape, values } of list) {
          const kept =
            values instanceof Float32Array && dtype === 'F16' ? widenHalf(narrowToHalf(values)) : values;
          const found = read.tensors.get(name);
          expect(found?.shape).toEqual(shape);
          expect(found?.values()).toEqual(kept);
        }
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('pads the header with spaces to 8 bytes and says by itself that the format is that of PyTorch', async () => {
    const path = join(temporaryFolder(), 'w');
    for (const name of ['a', 'ab', 'abc', 'é']) {
      await writeSafetensors(path, [float(name, [1], Float32Array.of(1))]);
      const bytes = readFileSync(path);
      const length = Number(bytes.readBigUInt64LE(0));
      expect(length % 8).toBe(0);
      const header = bytes.subarray(8, 8 + length).toString();
      expect(header.trimEnd()).toBe(
        `{"__metadata__":{"format":"pt"},"${name}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
      );
    }
  });

  it('fetches values one tensor after the other, in the order of the file', async () => {
    const path = join(temporaryFolder(), 'w');
    const events: string[] = [];
    const late = (name: string): TensorToStore => ({
      name,
      shape: [1],
      dtype: 'float32',
      values: async () => {
        events.push(`${name} asked`);
        await Promise.resolve();
        events.push(`${name} given`);
        return Float32Array.of(name === 'a' ? 1 : 2);
      },
    });
    await writeSafetensors(path, [late('b'), late('a')]);
    expect(events).toEqual(['a asked', 'a given', 'b asked', 'b given']);
    expect(readSafetensors(path).tensors.get('b')?.values()).toEqual(Float32Array.of(2));
  });

  it('narrows long tensors in parts', async () => {
    const path = join(temporaryFolder(), 'w');
    const values = Float32Array.from({ length: 2 ** 20 + 3 }, (_, i) => i % 1000);
    const counts = Int32Array.from({ length: 2 ** 20 + 3 }, (_, i) => -i);
    await writeSafetensors(path, [float('a', [values.length], values), whole('b', [counts.length], counts)], {
      dtype: 'F16',
    });
    const { tensors } = readSafetensors(path);
    const read = tensors.get('a')?.values();
    expect(values.findIndex((value, i) => value !== read?.[i])).toBe(-1);
    expect(tensors.get('b')?.values().at(-1)).toBe(-(2 ** 20) - 2);
  });

  it.each([
    [
      'values that are too few',
      [float('a', [2], Float32Array.of(1))],
      /tensor "a" has a Float32Array of 1 elements; expected a Float32Array of 2 for shape \[2\]/,
    ],
    [
      'values of another type',
      [{ ...whole('a', [1], Int32Array.of(1)), dtype: 'float32' as const }],
      /Int32Array of 1 elements; expected a Float32Array/,
    ],
    ['a shape that is none', [float('a', [-1], Float32Array.of(1))], /shape \[-1\]; expected whole numbers/],
    [
      'one name twice',
      [float('a', [0], new Float32Array()), whole('a', [0], new Int32Array())],
      /two tensors are called "a"/,
    ],
    ['the name of the metadata', [float('__metadata__', [0], new Float32Array())], /is reserved/],
  ])('refuses %s and leaves the old file alone', async (_, tensors, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'w'), 'old');
    const written = writeSafetensors(join(folder, 'w'), tensors);
    await expect(written).rejects.toThrow(InputError);
    await expect(written).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual(['w']);
    expect(readFileSync(join(folder, 'w'), 'utf8')).toBe('old');
  });
});

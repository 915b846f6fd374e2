import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFaults } from '../testing/files/faulty-file-system.js';
import { anyModel, modelOf, weight } from '../testing/onnx-models.js';
import { encodeModel } from './encode.js';
import { ModelProtoSchema, TensorProto_DataLocation as DataLocation } from './generated/onnx_pb.js';
import type { OnnxModel } from './model.js';
import { readOnnxFile } from './read.js';
import { writeOnnxFile } from './write.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-onnx-'));
  path = join(folder, 'model.onnx');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const model = modelOf([
  weight('first', 2000),
  weight('small', 3),
  weight('second', 700),
  weight('third', 1000),
]);

describe('a model file', () => {
  it('has the bytes of the model encoded in memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyModel, async (any) => {
        await writeOnnxFile(path, any);
        expect(Buffer.compare(readFileSync(path), encodeModel(any))).toBe(0);
      }),
      { numRuns: 50 },
    );
    expect(readdirSync(folder)).toEqual(['model.onnx']);
  });

  it('is the same model when it is read, with its weights viewed in one buffer', async () => {
    await writeOnnxFile(path, model);
    const read = readOnnxFile(path);
    expect(read).toStrictEqual(model);
    const buffers = read.graph.initializers
      .filter(({ name }) => name !== 'small')
      .map(({ tensor }) => tensor.data.buffer);
    expect(new Set(buffers).size).toBe(1);
  });

  it('replaces an older one', async () => {
    await writeOnnxFile(path, model);
    await writeOnnxFile(path, modelOf([]));
    expect(readOnnxFile(path)).toStrictEqual(modelOf([]));
  });
});

describe('a model with external data', () => {
  const options = { externalDataThreshold: 10_000 };

  it('is the same model when it is read', async () => {
    await fc.assert(
      fc.asyncProperty(anyModel, async (any) => {
        await writeOnnxFile(path, any, { externalDataThreshold: 0 });
        expect(readOnnxFile(path)).toEqual(any);
      }),
      { numRuns: 50 },
    );
  });

  it('has its large weights in a second file at multiples of 4096, and the small ones in the model', async () => {
    await writeOnnxFile(path, model, options);
    const tensors = fromBinary(ModelProtoSchema, readFileSync(path)).graph?.initializer ?? [];
    const places = tensors.map(({ name, dataLocation, externalData, rawData }) => ({
      name,
      inside: rawData.length,
      ...(dataLocation === DataLocation.EXTERNAL
        ? Object.fromEntries(externalData.map(({ key, value }) => [key, value]))
        : {}),
    }));
    const location = 'model.onnx.data';
    expect(places).toEqual([
      { name: 'first', inside: 0, location, offset: '0', length: '8000' },
      { name: 'small', inside: 12 },
      { name: 'second', inside: 0, location, offset: '8192', length: '2800' },
      { name: 'third', inside: 0, location, offset: '12288', length: '4000' },
    ]);
    expect(statSync(`${path}.data`).size).toBe(12_288 + 4000);
    expect(readdirSync(folder).toSorted()).toEqual(['model.onnx', 'model.onnx.data']);
  });

  it('is one file up to the threshold', async () => {
    await writeOnnxFile(path, model, { externalDataThreshold: 4 * (2000 + 3 + 700 + 1000) });
    expect(readdirSync(folder)).toEqual(['model.onnx']);
    await writeOnnxFile(path, model, { externalDataThreshold: 4 * (2000 + 3 + 700 + 1000) - 1 });
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('can be read from a folder that was moved, and not without its data', async () => {
    const first = join(folder, 'first');
    mkdirSync(first);
    await writeOnnxFile(join(first, 'model.onnx'), model, options);
    expect(readOnnxFile(join(first, 'model.onnx'))).toStrictEqual(model);
    rmSync(join(first, 'model.onnx.data'));
    expect(() => readOnnxFile(join(first, 'model.onnx'))).toThrow(
      'model.onnx.data cannot be read; expected weights of an ONNX model: ENOENT',
    );
  });
});

describe('a write that fails', () => {
  const external = { externalDataThreshold: 0 };

  it('writes nothing of a model that cannot be encoded, and keeps the older one', async () => {
    await writeOnnxFile(path, model);
    const data = new Float32Array(3);
    const wrong: OnnxModel = modelOf([
      weight('fine', 5000),
      { name: 'wrong', tensor: { type: 'float32', dims: [4], data } },
    ]);
    await expect(writeOnnxFile(path, wrong, external)).rejects.toThrow('initializer "wrong" has 3 elements');
    expect(readdirSync(folder)).toEqual(['model.onnx']);
    expect(readOnnxFile(path)).toStrictEqual(model);
  });

  it('leaves neither the model nor its data when the model cannot take its place', async () => {
    mkdirSync(path);
    await expect(writeOnnxFile(path, model, external)).rejects.toThrow(
      `${path} is a folder; expected a file to replace`,
    );
    expect(readdirSync(folder)).toEqual(['model.onnx']);
    expect(readdirSync(path)).toEqual([]);
  });

  it('leaves no model when the data cannot take its place', async () => {
    mkdirSync(`${path}.data`);
    await expect(writeOnnxFile(path, model, external)).rejects.toThrow(
      `${path}.data is a folder; expected a file to replace`,
    );
    expect(readdirSync(folder)).toEqual(['model.onnx.data']);
  });

  it('keeps the older model and its data when the second of them cannot be replaced', async () => {
    await writeOnnxFile(path, model, external);
    let renames = 0;
    const writing = withFaults(
      (operation) => {
        // Two renames move the older files aside; the third puts the new data in place.
        if (operation === 'rename' && ++renames === 4) throw new Error('the fourth rename');
      },
      () => writeOnnxFile(path, modelOf([weight('other', 5000)]), external),
    );
    await expect(writing).rejects.toThrow('the fourth rename');
    expect(readdirSync(folder).toSorted()).toEqual(['model.onnx', 'model.onnx.data']);
    expect(readOnnxFile(path)).toStrictEqual(model);
  });

  it('leaves nothing when the folder is missing', async () => {
    await expect(writeOnnxFile(join(folder, 'missing', 'model.onnx'), model)).rejects.toThrow('ENOENT');
    expect(readdirSync(folder)).toEqual([]);
  });
});

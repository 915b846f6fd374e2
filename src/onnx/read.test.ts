import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MessageInitShape, create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { modelOf, weight } from '../testing/onnx-models.js';
import { encodeModel } from './encode.js';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type TensorProtoSchema,
} from './generated/onnx_pb.js';
import type { OnnxTensor } from './model.js';
import { decodeModel, readOnnxFile } from './read.js';

type Graph = MessageInitShape<typeof GraphProtoSchema>;
type Tensor = MessageInitShape<typeof TensorProtoSchema>;
type Attribute = MessageInitShape<typeof AttributeProtoSchema>;

interface ModelParts {
  opsetImport?: { domain: string; version: bigint }[];
  functions?: { name: string }[];
}

function fileOf(graph: Graph, more: ModelParts = {}): Uint8Array {
  const opsetImport = [{ domain: '', version: 18n }];
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 10n, opsetImport, graph, ...more }),
  );
}

function tensorIn(bytes: Uint8Array): OnnxTensor | undefined {
  return decodeModel(bytes).graph.initializers[0]?.tensor;
}

const attributeFile = (attribute: Attribute): Uint8Array =>
  fileOf({ node: [{ opType: 'Op', name: 'node', attribute: [{ name: 'a', ...attribute }] }] });

describe('the elements of a tensor', () => {
  it.each<[string, OnnxTensor['data'], Tensor]>([
    ['float32', Float32Array.of(0.5, -2), { dataType: DataType.FLOAT, floatData: [0.5, -2] }],
    ['float64', Float64Array.of(0.1, -2), { dataType: DataType.DOUBLE, doubleData: [0.1, -2] }],
    [
      'int64',
      BigInt64Array.of(-(2n ** 63n), 5n),
      { dataType: DataType.INT64, int64Data: [-(2n ** 63n), 5n] },
    ],
    ['uint64', BigUint64Array.of(2n ** 63n, 5n), { dataType: DataType.UINT64, uint64Data: [2n ** 63n, 5n] }],
    [
      'uint32',
      Uint32Array.of(2 ** 32 - 1, 5),
      { dataType: DataType.UINT32, uint64Data: [2n ** 32n - 1n, 5n] },
    ],
    ['int32', Int32Array.of(-7, 5), { dataType: DataType.INT32, int32Data: [-7, 5] }],
    ['int16', Int16Array.of(-7, 5), { dataType: DataType.INT16, int32Data: [-7, 5] }],
    ['int8', Int8Array.of(-7, 5), { dataType: DataType.INT8, int32Data: [-7, 5] }],
    ['uint16', Uint16Array.of(65_535, 5), { dataType: DataType.UINT16, int32Data: [65_535, 5] }],
    ['uint8', Uint8Array.of(255, 5), { dataType: DataType.UINT8, int32Data: [255, 5] }],
    ['bool', Uint8Array.of(1, 0), { dataType: DataType.BOOL, int32Data: [1, 0] }],
    ['float16', Uint16Array.of(0x3c00, 5), { dataType: DataType.FLOAT16, int32Data: [0x3c00, 5] }],
    ['bfloat16', Uint16Array.of(0x3f80, 5), { dataType: DataType.BFLOAT16, int32Data: [0x3f80, 5] }],
  ])('are read from the list for %s and from raw bytes', (type, data, listed) => {
    const expected = { type, dims: [2], data };
    expect(tensorIn(fileOf({ initializer: [{ dims: [2n], ...listed }] }))).toStrictEqual(expected);
    const rawData = new Uint8Array(data.buffer);
    const raw = {
      dims: [2n],
      rawData,
      ...(listed.dataType === undefined ? {} : { dataType: listed.dataType }),
    };
    expect(tensorIn(fileOf({ initializer: [raw] }))).toStrictEqual(expected);
  });

  it('may be none', () => {
    const file = fileOf({ initializer: [{ dims: [0n, 3n], dataType: DataType.INT64 }] });
    expect(tensorIn(file)).toStrictEqual({ type: 'int64', dims: [0, 3], data: new BigInt64Array(0) });
  });

  it.each<[string, Tensor, string]>([
    [
      'too few',
      { dims: [3n], dataType: DataType.FLOAT, floatData: [1] },
      'initializer "w" has 1 elements; its dimensions [3] of float32 take 3',
    ],
    [
      'too many raw bytes',
      { dims: [1n], dataType: DataType.FLOAT, rawData: new Uint8Array(5) },
      'has 5 bytes; its dimensions [1] of float32 take 4',
    ],
    ['a negative dimension', { dims: [-1n], dataType: DataType.FLOAT }, 'has a dimension of -1'],
    ['too large', { dims: [2n ** 30n, 2n ** 30n], dataType: DataType.FLOAT }, 'is too large'],
    ['strings', { dims: [0n], dataType: DataType.STRING }, 'holds elements of type STRING'],
    ['of four bits', { dims: [2n], dataType: DataType.INT4, int32Data: [1] }, 'holds elements of type INT4'],
    ['of an unknown type', { dims: [0n], dataType: 99 }, 'holds elements of type number 99'],
    ['one segment', { dims: [0n], dataType: DataType.INT8, segment: { begin: 0n } }, 'is one segment'],
    [
      'in a file that cannot be known',
      { dims: [1n], dataType: DataType.INT8, dataLocation: DataLocation.EXTERNAL },
      'read the model with readOnnxFile',
    ],
  ])('are refused: %s', (_, tensor, message) => {
    const read = () => tensorIn(fileOf({ initializer: [{ name: 'w', ...tensor }] }));
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
  });
});

describe('a model of another writer', () => {
  it('may have its graph in several parts', () => {
    const whole = modelOf([weight('first', 2), weight('second', 3)]);
    const parts = [modelOf([weight('first', 2)]), modelOf([weight('second', 3)])];
    expect(decodeModel(Buffer.concat(parts.map(encodeModel))).graph).toStrictEqual(whole.graph);
  });

  it('may call the standard operators "ai.onnx"', () => {
    const opsetImport = [{ domain: 'ai.onnx', version: 17n }];
    const model = decodeModel(fileOf({ node: [{ opType: 'Relu', domain: 'ai.onnx' }] }, { opsetImport }));
    expect(model.opset).toBe(17);
    expect(model.domainVersions).toBeUndefined();
    expect(model.graph.nodes).toEqual([{ op: 'Relu', inputs: [], outputs: [], attributes: {} }]);
  });

  it('may leave dimensions, ranks and types of values open', () => {
    const dim = [
      { value: { case: 'dimParam', value: 'batch' } },
      {},
      { value: { case: 'dimValue', value: -1n } },
      { value: { case: 'dimValue', value: 3n } },
    ] as const;
    const elemType = DataType.FLOAT;
    const { graph } = decodeModel(
      fileOf({
        output: [
          {
            name: 'known',
            type: { value: { case: 'tensorType', value: { elemType, shape: { dim: [...dim] } } } },
          },
          { name: 'rankless', type: { value: { case: 'tensorType', value: { elemType } } } },
          { name: 'untyped' },
        ],
        valueInfo: [
          { name: 'untyped' },
          { name: 'list', type: { value: { case: 'sequenceType', value: {} } } },
        ],
      }),
    );
    expect(graph.outputs).toEqual([
      { name: 'known', type: 'float32', dims: ['batch', '', '', 3] },
      { name: 'rankless', type: 'float32', dims: [], unknown: 'shape' },
      { name: 'untyped', type: 'float32', dims: [], unknown: 'type' },
    ]);
    expect(graph.valueInfo).toBeUndefined();
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'the ONNX model: has no graph'],
    ['text', Buffer.from('<!doctype html>\n<html>'), 'the ONNX model is not an ONNX model, or was cut short'],
    ['no operator set', fileOf({}, { opsetImport: [] }), 'imports no standard operator set'],
    [
      'functions',
      fileOf({}, { functions: [{ name: 'gelu' }] }),
      'functions of its own ("gelu"); inline them',
    ],
    [
      'sparse weights',
      fileOf({ sparseInitializer: [{ values: { name: 's' } }] }),
      'initializer "s" is sparse',
    ],
    [
      'inputs that are not tensors',
      fileOf({ input: [{ name: 'list', type: { value: { case: 'sequenceType', value: {} } } }] }),
      '"list" is of sequenceType; expected a tensor',
    ],
    [
      'inputs of an unknown type',
      fileOf({ input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: 14 } } } }] }),
      '"x" has elements of type COMPLEX64',
    ],
    [
      'lists of strings',
      attributeFile({ type: AttributeType.STRINGS }),
      'attribute "a" of Op "node" is of kind STRINGS',
    ],
    ['a missing tensor', attributeFile({ type: AttributeType.TENSOR }), 'should hold a tensor'],
    ['a missing subgraph', attributeFile({ type: AttributeType.GRAPH }), 'should hold a graph'],
    [
      'integers beyond float64',
      attributeFile({ type: AttributeType.INT, i: 2n ** 63n - 1n }),
      'attribute "a" of Op "node" is 9223372036854775807',
    ],
    [
      'bytes in place of text',
      attributeFile({ type: AttributeType.STRING, s: Uint8Array.of(0xff) }),
      'attribute "a" of Op "node" holds bytes that are not valid UTF-8',
    ],
  ])('with %s is refused', (_, bytes, message) => {
    expect(() => decodeModel(bytes)).toThrow(InputError);
    expect(() => decodeModel(bytes)).toThrow(message);
  });

  it('that was cut short anywhere is refused', () => {
    const bytes = encodeModel(modelOf([weight('first', 2), weight('second', 300)]));
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeModel(bytes.subarray(0, length))).toThrow(InputError);
    }
  });
});

describe('reading a file', () => {
  let work: string;
  let folder: string;
  let path: string;

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'sparse-encoder-onnx-'));
    folder = join(work, 'model');
    path = join(folder, 'model.onnx');
    mkdirSync(join(folder, 'weights'), { recursive: true });
    for (const place of [join(work, 'outside'), join(folder, 'data'), join(folder, 'weights', 'data')]) {
      writeFileSync(place, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    }
    symlinkSync('data', join(folder, 'inner-link'));
    symlinkSync(join('..', 'outside'), join(folder, 'outer-link'));
    symlinkSync('..', join(folder, 'up'));
  });

  afterEach(() => rmSync(work, { recursive: true, force: true }));

  /** A model with a single weight: two numbers of external data. */
  function readExternal(entries: Record<string, string>): OnnxTensor | undefined {
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    const dataLocation = DataLocation.EXTERNAL;
    const tensor = { name: 'w', dims: [2n], dataType: DataType.FLOAT, dataLocation, externalData };
    writeFileSync(path, fileOf({ initializer: [tensor] }));
    return readOnnxFile(path).graph.initializers[0]?.tensor;
  }

  it.each<[string, Record<string, string>, number[]]>([
    ['beside the model', { location: 'data', offset: '4', length: '8' }, [2, 3]],
    ['in a folder below', { location: './weights/data', offset: '8' }, [3, 4]],
    ['through a link within the folder', { location: 'inner-link' }, [1, 2]],
  ])('finds external data %s', (_, entries, expected) => {
    expect(readExternal(entries)).toEqual({ type: 'float32', dims: [2], data: Float32Array.from(expected) });
  });

  it('finds external data when the folder itself is reached through a link', () => {
    readExternal({ location: 'data' });
    symlinkSync(folder, join(work, 'link'));
    expect(readOnnxFile(join(work, 'link', 'model.onnx'))).toEqual(readOnnxFile(path));
  });

  it.each<[string, Record<string, string>, string]>([
    ['at an absolute place', { location: '/etc/hostname' }, "leads out of the model's folder"],
    ['on a drive', { location: 'C:\\data' }, "leads out of the model's folder"],
    ['above the folder', { location: '../outside' }, "leads out of the model's folder"],
    ['above the folder, as Windows writes it', { location: 'weights\\..\\..\\outside' }, 'without ".."'],
    ['nowhere', {}, 'external data has no location'],
    ['behind a link to a file outside', { location: 'outer-link' }, 'leads through a link out of the folder'],
    [
      'behind a link to a folder outside',
      { location: 'up/outside' },
      'leads through a link out of the folder',
    ],
    [
      'in a missing file',
      { location: 'missing' },
      'cannot be read; expected weights of an ONNX model: ENOENT',
    ],
    ['at a name that no file can have', { location: 'da\0ta' }, "leads out of the model's folder"],
    ['in a folder', { location: 'weights' }, 'is not a regular file'],
    ['after the end', { location: 'data', offset: '12' }, 'has 16 bytes; 8 at 12 were expected'],
    ['at no number', { location: 'data', offset: '-4' }, 'has offset "-4"; expected a whole number'],
    [
      'of another length',
      { location: 'data', length: '4' },
      'has a length of 4 bytes; type and dimensions take 8',
    ],
  ])('refuses external data %s', (_, entries, message) => {
    expect(() => readExternal(entries)).toThrow(InputError);
    expect(() => readExternal(entries)).toThrow(`${path}: `);
    expect(() => readExternal(entries)).toThrow(message);
  });

  it('says which file is not a model', () => {
    const text = join(folder, 'data');
    expect(() => readOnnxFile(text)).toThrow(`${text} is not an ONNX model, or was cut short`);
    const missing = join(folder, 'missing.onnx');
    expect(() => readOnnxFile(missing)).toThrow(InputError);
    expect(() => readOnnxFile(missing)).toThrow(`${missing} cannot be read; expected an ONNX model: ENOENT`);
    expect(() => readOnnxFile(folder)).toThrow(`${folder} is not a regular file; expected an ONNX model`);
  });
});

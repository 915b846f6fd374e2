import { fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { anyModel, modelOf, weight } from '../testing/onnx-models.js';
import { encodeModel } from './encode.js';
import { ModelProtoSchema } from './generated/onnx_pb.js';
import { layOut } from './layout.js';
import type { OnnxModel, OnnxNode } from './model.js';
import { decodeModel } from './read.js';

const identity: OnnxNode = { op: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {} };

describe('a model encoded in memory', () => {
  it('is the same model when it is decoded', () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        expect(decodeModel(encodeModel(model))).toEqual(model);
      }),
      { numRuns: 200 },
    );
  });

  it('is decoded alike wherever its bytes begin in memory', () => {
    const model = modelOf([weight('weight', 700)]);
    const bytes = encodeModel(model);
    for (const shift of [1, 2, 3, 4]) {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      expect(decodeModel(moved.subarray(shift))).toStrictEqual(model);
    }
  });

  it('has large weights where they can be viewed in place, whatever lies before them', () => {
    for (let length = 1; length < 12; length += 1) {
      const int64 = { type: 'int64', dims: [200], data: new BigInt64Array(200).fill(7n) } as const;
      const model = modelOf([
        weight('w'.repeat(length), 300 + length),
        { name: 'i'.repeat(length), tensor: int64 },
        weight('last', 300),
      ]);
      const bytes = encodeModel(model);
      const decoded = decodeModel(bytes);
      expect(decoded).toStrictEqual(model);
      for (const { tensor } of decoded.graph.initializers) expect(tensor.data.buffer).toBe(bytes.buffer);
    }
  });

  it('is made without copies of its large weights', () => {
    const large = weight('large', 5000);
    const owned = layOut(modelOf([weight('small', 3), large])).model.filter(
      (piece) => piece.buffer === large.tensor.data.buffer,
    );
    expect(owned.map((piece) => piece.length)).toEqual([20_000]);
  });

  it('imports version 1 of each domain that a node uses, subgraphs included, unless a version is given', () => {
    const inner = modelOf([], { nodes: [{ ...identity, domain: 'com.example' }] }).graph;
    const nodes: OnnxNode[] = [
      { ...identity, domain: 'com.microsoft' },
      { ...identity, domain: 'ai.onnx.ml' },
      { ...identity, domain: 'ai.onnx' },
      { op: 'If', inputs: ['x'], outputs: ['y'], attributes: { then_branch: { graph: inner } } },
    ];
    const model: OnnxModel = { ...modelOf([], { nodes }), domainVersions: { 'ai.onnx.ml': 3 } };
    const imports = fromBinary(ModelProtoSchema, encodeModel(model)).opsetImport;
    expect(Object.fromEntries(imports.map(({ domain, version }) => [domain, Number(version)]))).toEqual({
      '': 18,
      'ai.onnx.ml': 3,
      'com.microsoft': 1,
      'com.example': 1,
    });
  });
});

describe('a model that cannot be encoded', () => {
  const withNode = (attributes: OnnxNode['attributes']): OnnxModel =>
    modelOf([], { nodes: [{ ...identity, name: 'node', attributes }] });
  const initializer = (tensor: { type: string; dims: number[]; data: unknown }): OnnxModel =>
    modelOf([{ name: 'weight', tensor } as never]);

  it.each([
    [
      'dimensions that do not fit the elements',
      initializer({ type: 'float32', dims: [2, 4], data: new Float32Array(6) }),
      'initializer "weight" has 6 elements; its dimensions [2, 4] take 8',
    ],
    [
      'elements of another type',
      initializer({ type: 'float16', dims: [2], data: new Float32Array(2) }),
      'initializer "weight" is float16 but comes as a Float32Array; expected Uint16Array',
    ],
    [
      'strings',
      initializer({ type: 'string', dims: [0], data: new Uint8Array(0) }),
      'initializer "weight" holds strings; only numbers can be written',
    ],
    [
      'a fraction as an integer attribute',
      withNode({ axis: { int: 0.5 } }),
      'attribute "axis" of Identity "node" is 0.5; expected a whole number between -2^53 and 2^53',
    ],
    [
      'an integer that float64 does not hold exactly',
      withNode({ axes: { ints: [1, 2 ** 53] } }),
      'attribute "axes" of Identity "node" is 9007199254740992',
    ],
    [
      'a number beyond float32',
      withNode({ alpha: { float: 1e39 } }),
      'attribute "alpha" of Identity "node" is 1e+39; the largest float32',
    ],
  ])('because of %s is refused', (_, model, message) => {
    expect(() => encodeModel(model)).toThrow(InputError);
    expect(() => encodeModel(model)).toThrow(message);
  });
});

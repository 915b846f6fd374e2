import fc from 'fast-check';
import { type NumericType, arrayOf } from '../onnx/element-types.js';
import type {
  Attribute,
  Initializer,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  ValueInfo,
} from '../onnx/model.js';

export const NUMERIC_TYPES: readonly NumericType[] = [
  'float32',
  'float16',
  'bfloat16',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
];

const DOMAINS = ['com.microsoft', 'ai.onnx.ml'] as const;

const name = fc.string({ unit: 'grapheme', maxLength: 12 });
const nonEmptyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const wholeNumber = fc.maxSafeInteger();

/** A tensor whose elements begin somewhere in a larger buffer, as in a slice of a caller's memory. */
export function tensorOf(type: NumericType, maxSize = 12): fc.Arbitrary<OnnxTensor> {
  const array = arrayOf(type);
  return fc
    .record({
      dims: fc.array(fc.nat({ max: maxSize }), { maxLength: 3 }),
      before: fc.nat({ max: 3 }),
      seed: fc.nat(),
    })
    .map(({ dims, before, seed }) => {
      const length = dims.reduce((product, size) => product * size, 1);
      const buffer = new ArrayBuffer((before + length) * array.BYTES_PER_ELEMENT);
      const bytes = new Uint8Array(buffer);
      bytes.forEach((_, index) => {
        bytes[index] = (seed + index * 97 + (index >> 3) * 31) % (type === 'bool' ? 2 : 251);
      });
      return { type, dims, data: new array(buffer, before * array.BYTES_PER_ELEMENT, length) };
    });
}

const tensor = fc.constantFrom(...NUMERIC_TYPES).chain((type) => tensorOf(type));

function attribute(depth: number): fc.Arbitrary<Attribute> {
  const flat: fc.Arbitrary<Attribute>[] = [
    fc.record({ int: wholeNumber }),
    fc.record({ float: fc.float() }),
    fc.record({ string: name }),
    fc.record({ ints: fc.array(wholeNumber, { maxLength: 4 }) }),
    fc.record({ floats: fc.array(fc.float(), { maxLength: 4 }) }),
    fc.record({ tensor }),
  ];
  return fc.oneof(...flat, ...(depth > 0 ? [fc.record({ graph: graph(depth - 1) })] : []));
}

function node(depth: number): fc.Arbitrary<OnnxNode> {
  return fc.record(
    {
      op: nonEmptyName,
      name: nonEmptyName,
      inputs: fc.array(name, { maxLength: 3 }),
      outputs: fc.array(name, { maxLength: 3 }),
      attributes: fc.dictionary(nonEmptyName, attribute(depth), { maxKeys: 3 }),
      domain: fc.constantFrom(...DOMAINS),
    },
    { requiredKeys: ['op', 'inputs', 'outputs', 'attributes'] },
  );
}

const typedValue: fc.Arbitrary<ValueInfo> = fc.record({
  name,
  type: fc.constantFrom(...NUMERIC_TYPES, 'string' as const),
  dims: fc.array(fc.oneof(fc.nat({ max: 2 ** 31 - 1 }), name), { maxLength: 4 }),
});

const rankless: fc.Arbitrary<ValueInfo> = typedValue.map((info) => ({ ...info, dims: [], unknown: 'shape' }));

const untyped: fc.Arbitrary<ValueInfo> = name.map((value) => ({
  name: value,
  type: 'float32',
  dims: [],
  unknown: 'type',
}));

const initializer: fc.Arbitrary<Initializer> = fc.record({ name, tensor });

function graph(depth: number): fc.Arbitrary<OnnxGraph> {
  const values = fc.array(fc.oneof(typedValue, rankless, untyped), { maxLength: 3 });
  return fc.record(
    {
      name,
      nodes: fc.array(node(depth), { maxLength: 3 }),
      inputs: values,
      outputs: values,
      initializers: fc.array(initializer, { maxLength: 3 }),
      valueInfo: fc.array(fc.oneof(typedValue, rankless), { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['name', 'nodes', 'inputs', 'outputs', 'initializers'] },
  );
}

const version = fc.integer({ min: 1, max: 30 });

/** Models that use every part of the format that this package knows. They compute nothing. */
export const anyModel: fc.Arbitrary<OnnxModel> = fc.record(
  {
    graph: graph(2),
    opset: version,
    domainVersions: fc.record(Object.fromEntries(DOMAINS.map((domain) => [domain, version]))),
    irVersion: version,
    producer: name,
    producerVersion: nonEmptyName,
    metadata: fc.dictionary(name, name, { maxKeys: 3 }),
  },
  {
    requiredKeys: ['graph', 'opset', 'domainVersions', 'irVersion', 'producer', 'metadata'],
  },
);

/** A model with one graph and these weights, for tests of the file format. */
export function modelOf(initializers: readonly Initializer[], more: Partial<OnnxGraph> = {}): OnnxModel {
  return {
    graph: { name: 'graph', nodes: [], inputs: [], outputs: [], initializers, ...more },
    opset: 18,
    irVersion: 10,
    producer: 'sparse-encoder',
    metadata: {},
  };
}

export function weight(weightName: string, length: number): Initializer {
  const data = Float32Array.from({ length }, (_, index) => Math.sin(index + weightName.length));
  return { name: weightName, tensor: { type: 'float32', dims: [length], data } };
}

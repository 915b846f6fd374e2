import { create } from '@bufbuild/protobuf';
import { InputError } from '../errors.js';
import { codeOf } from './element-types.js';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  TensorShapeProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type TensorShapeProto_Dimension,
  type TypeProto,
  type ValueInfoProto,
} from './generated/onnx_pb.js';
import type { Attribute, Dimension, OnnxGraph, OnnxNode, OnnxTensor, ValueInfo } from './model.js';
import { rawData } from './raw-data.js';

/** A graph as protobuf, without its initializers, which are written from their own memory. */
export function structureToProto(graph: OnnxGraph): GraphProto {
  return create(GraphProtoSchema, {
    name: graph.name,
    node: graph.nodes.map(nodeToProto),
    input: graph.inputs.map(valueInfoToProto),
    output: graph.outputs.map(valueInfoToProto),
    valueInfo: (graph.valueInfo ?? []).map(valueInfoToProto),
  });
}

/** A tensor as protobuf, without its elements. */
export function tensorToProto({ type, dims }: OnnxTensor, name: string): TensorProto {
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: codeOf(type) });
}

function nodeToProto(node: OnnxNode): NodeProto {
  return create(NodeProtoSchema, {
    opType: node.op,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, attribute]) => {
      const what = `attribute "${name}" of ${node.op}${node.name === undefined ? '' : ` "${node.name}"`}`;
      return attributeToProto(name, attribute, what);
    }),
    ...(node.name === undefined ? {} : { name: node.name }),
    ...(node.domain === undefined ? {} : { domain: node.domain }),
  });
}

function attributeToProto(name: string, attribute: Attribute, what: string): AttributeProto {
  const proto = create(AttributeProtoSchema, { name });
  if ('int' in attribute) {
    proto.type = AttributeType.INT;
    proto.i = wholeNumber(attribute.int, what);
  } else if ('float' in attribute) {
    proto.type = AttributeType.FLOAT;
    proto.f = float32(attribute.float, what);
  } else if ('string' in attribute) {
    proto.type = AttributeType.STRING;
    proto.s = new TextEncoder().encode(attribute.string);
  } else if ('ints' in attribute) {
    proto.type = AttributeType.INTS;
    proto.ints = attribute.ints.map((value) => wholeNumber(value, what));
  } else if ('floats' in attribute) {
    proto.type = AttributeType.FLOATS;
    proto.floats = attribute.floats.map((value) => float32(value, what));
  } else if ('tensor' in attribute) {
    proto.type = AttributeType.TENSOR;
    proto.t = completeTensor(attribute.tensor, '', what);
  } else {
    proto.type = AttributeType.GRAPH;
    proto.g = completeGraph(attribute.graph);
  }
  return proto;
}

/** A subgraph lies inside a node, initializers included. */
function completeGraph(graph: OnnxGraph): GraphProto {
  const proto = structureToProto(graph);
  proto.initializer = graph.initializers.map(({ name, tensor }) =>
    completeTensor(tensor, name, `initializer "${name}" of "${graph.name}"`),
  );
  return proto;
}

function completeTensor(tensor: OnnxTensor, name: string, what: string): TensorProto {
  const proto = tensorToProto(tensor, name);
  proto.rawData = rawData(tensor, what);
  return proto;
}

function valueInfoToProto(info: ValueInfo): ValueInfoProto {
  const { name, unknown } = info;
  return create(ValueInfoProtoSchema, unknown === 'type' ? { name } : { name, type: tensorType(info) });
}

function tensorType({ type, dims, unknown }: ValueInfo): TypeProto {
  const shape = create(TensorShapeProtoSchema, { dim: dims.map(dimensionToProto) });
  const value = { elemType: codeOf(type), ...(unknown === 'shape' ? {} : { shape }) };
  return create(TypeProtoSchema, { value: { case: 'tensorType', value } });
}

function dimensionToProto(size: Dimension): TensorShapeProto_Dimension {
  const proto = create(TensorShapeProto_DimensionSchema);
  if (typeof size === 'number') proto.value = { case: 'dimValue', value: BigInt(size) };
  else if (size !== '') proto.value = { case: 'dimParam', value: size };
  return proto;
}

function wholeNumber(value: number, what: string): bigint {
  if (!Number.isSafeInteger(value)) {
    throw new InputError(`${what} is ${value}; expected a whole number between -2^53 and 2^53`);
  }
  return BigInt(value);
}

function float32(value: number, what: string): number {
  const rounded = Math.fround(value);
  if (Number.isFinite(value) && !Number.isFinite(rounded)) {
    throw new InputError(`${what} is ${value}; the largest float32 is 3.4028234663852886e38`);
  }
  return rounded;
}

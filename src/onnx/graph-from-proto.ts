import { InputError } from '../errors.js';
import { elementTypeOf, nameOfCode } from './element-types.js';
import {
  AttributeProto_AttributeType as AttributeType,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorShapeProto_Dimension,
  type ValueInfoProto,
} from './generated/onnx_pb.js';
import type { Attribute, Dimension, OnnxGraph, OnnxNode, ValueInfo } from './model.js';
import { isStandardDomain } from './operator-sets.js';
import { type ReadExternalData, tensorFromProto } from './tensor-from-proto.js';

/**
 * The parts of a graph that this package understands. Anything else that changes the result of the graph is refused.
 */
export function graphFromProto(proto: GraphProto, readExternal: ReadExternalData): OnnxGraph {
  const [sparse] = proto.sparseInitializer;
  if (sparse !== undefined) {
    throw new InputError(
      `initializer "${sparse.values?.name ?? ''}" is sparse; expected dense tensors, which ONNX's tools convert it to`,
    );
  }
  const valueInfo = proto.valueInfo.flatMap(knownValueInfo);
  return {
    name: proto.name,
    nodes: proto.node.map((node) => nodeFromProto(node, readExternal)),
    inputs: proto.input.map(valueInfoFromProto),
    outputs: proto.output.map(valueInfoFromProto),
    initializers: proto.initializer.map((tensor) => ({
      name: tensor.name,
      tensor: tensorFromProto(tensor, `initializer "${tensor.name}"`, readExternal),
    })),
    ...(valueInfo.length === 0 ? {} : { valueInfo }),
  };
}

function nodeFromProto(node: NodeProto, readExternal: ReadExternalData): OnnxNode {
  const attributes = node.attribute.map((attribute) => {
    const what = `attribute "${attribute.name}" of ${node.opType}${node.name === '' ? '' : ` "${node.name}"`}`;
    return [attribute.name, attributeFromProto(attribute, what, readExternal)] as const;
  });
  return {
    op: node.opType,
    inputs: node.input,
    outputs: node.output,
    attributes: Object.fromEntries(attributes),
    ...(node.name === '' ? {} : { name: node.name }),
    ...(isStandardDomain(node.domain) ? {} : { domain: node.domain }),
  };
}

function attributeFromProto(proto: AttributeProto, what: string, readExternal: ReadExternalData): Attribute {
  switch (proto.type) {
    case AttributeType.INT:
      return { int: wholeNumber(proto.i, what) };
    case AttributeType.FLOAT:
      return { float: proto.f };
    case AttributeType.STRING:
      return { string: utf8(proto.s, what) };
    case AttributeType.INTS:
      return { ints: proto.ints.map((value) => wholeNumber(value, what)) };
    case AttributeType.FLOATS:
      return { floats: proto.floats };
    case AttributeType.TENSOR:
      if (proto.t !== undefined) return { tensor: tensorFromProto(proto.t, what, readExternal) };
      throw new InputError(`${what} should hold a tensor, but holds none`);
    case AttributeType.GRAPH:
      if (proto.g !== undefined) return { graph: graphFromProto(proto.g, readExternal) };
      throw new InputError(`${what} should hold a graph, but holds none`);
    case AttributeType.UNDEFINED:
    case AttributeType.STRINGS:
    case AttributeType.TENSORS:
    case AttributeType.GRAPHS:
    case AttributeType.SPARSE_TENSOR:
    case AttributeType.SPARSE_TENSORS:
    case AttributeType.TYPE_PROTO:
    case AttributeType.TYPE_PROTOS:
      throw new InputError(`${what} is of kind ${kindName(proto.type)}, which this package does not read`);
  }
}

function utf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`${what} holds bytes that are not valid UTF-8`, { cause });
  }
}

function kindName(kind: number): string {
  const known = Object.entries(AttributeType).find(([, value]) => value === kind);
  return known === undefined ? String(kind) : known[0];
}

function valueInfoFromProto({ name, type }: ValueInfoProto): ValueInfo {
  const kind = type?.value;
  if (kind?.case === undefined) return { name, type: 'float32', dims: [], unknown: 'type' };
  if (kind.case !== 'tensorType') {
    throw new InputError(`"${name}" is of ${kind.case}; expected a tensor`);
  }
  const { elemType, shape } = kind.value;
  const elementType = elementTypeOf(elemType);
  if (elementType === undefined) {
    throw new InputError(
      `"${name}" has elements of type ${nameOfCode(elemType)}, which this package does not read`,
    );
  }
  if (shape === undefined) return { name, type: elementType, dims: [], unknown: 'shape' };
  return { name, type: elementType, dims: shape.dim.map(dimensionFromProto) };
}

/** Type information for intermediate values is optional, so entries of unknown kinds are dropped. */
function knownValueInfo(info: ValueInfoProto): ValueInfo[] {
  const kind = info.type?.value;
  if (kind?.case !== 'tensorType' || elementTypeOf(kind.value.elemType) === undefined) return [];
  return [valueInfoFromProto(info)];
}

function dimensionFromProto({ value }: TensorShapeProto_Dimension): Dimension {
  switch (value.case) {
    case 'dimParam':
      return value.value;
    case 'dimValue':
      // Some converters write -1 for an unknown dimension.
      return value.value < 0n ? '' : Number(value.value);
    case undefined:
      return '';
  }
}

function wholeNumber(value: bigint, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new InputError(`${what} is ${value}; this package reads whole numbers between -2^53 and 2^53`);
  }
  return number;
}

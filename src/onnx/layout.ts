import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { InputError } from '../errors.js';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorProto_DataLocation as DataLocation,
} from './generated/onnx_pb.js';
import { structureToProto, tensorToProto } from './graph-to-proto.js';
import type { Initializer, OnnxModel } from './model.js';
import { operatorSets } from './operator-sets.js';
import { Pieces } from './pieces.js';
import { rawData } from './raw-data.js';

/**
 * A model file is laid out so that weights are written from their own memory, whatever their size:
 *
 *     ModelProto without a graph, by the protobuf library
 *     field 7 (graph), length
 *       GraphProto without initializers, by the protobuf library
 *       for each initializer: field 5, length, TensorProto without elements, field 9 (raw_data), length, elements
 */
export interface Layout {
  /** The bytes of the model file, in order. Large weights are the caller's arrays, not copies. */
  readonly model: Uint8Array[];
  /** The bytes of the file with external data; empty if all weights lie in the model file. */
  readonly externalData: Uint8Array[];
}

export interface ExternalData {
  /** Name of the file, relative to the model's folder. */
  readonly location: string;
}

const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_RAW_DATA = 9;
const TENSOR_DOC_STRING = 12;

/** Bytes of the tag of a field whose number is below 16. */
const TAG_BYTES = 1;
/** Tag and length of an empty field. */
const SHORTEST_FIELD = 2;

/** The largest protobuf message that readers accept. */
const MESSAGE_LIMIT = 2 ** 31 - 1;

/**
 * Lengths of fields with weights always take five bytes, so the position of a weight does not depend on what follows.
 */
const LENGTH_BYTES = 5;

/**
 * Weights of at least this many bytes are stored where a reader can view them as an array in place, and may go to
 * external data. Smaller weights stay in the model file, since shape inference reads shapes and axes only from there.
 */
const LARGE = 1024;

/** Offsets of external data are multiples of this, so that it can be mapped into memory. */
const PAGE = 4096;

export function layOut(model: OnnxModel, external?: ExternalData): Layout {
  const structure = new BinaryWriter()
    .raw(toBinary(ModelProtoSchema, modelWithoutGraph(model)))
    .tag(MODEL_GRAPH, WireType.LengthDelimited)
    .finish();
  const graph = toBinary(GraphProtoSchema, structureToProto(model.graph));
  const graphStart = structure.length + LENGTH_BYTES;

  const weights = new Pieces(graphStart + graph.length);
  const externalData = new Pieces(0);
  for (const initializer of model.graph.initializers) {
    const raw = rawData(initializer.tensor, `initializer "${initializer.name}"`);
    if (external !== undefined && raw.length >= LARGE) {
      externalData.add(new Uint8Array(padding(externalData.end, PAGE)));
      weights.add(externalTensor(initializer, external.location, externalData.end, raw.length));
      externalData.add(raw);
    } else {
      weights.add(inlineTensorHead(initializer, raw, weights.end));
      weights.add(raw);
    }
  }

  if (weights.end > MESSAGE_LIMIT) {
    throw new InputError(
      `the model takes ${weights.end} bytes; a protobuf message has at most ${MESSAGE_LIMIT}, so its weights have to go to external data`,
    );
  }
  const head = new Pieces(0);
  for (const piece of [structure, lengthBytes(weights.end - graphStart), graph]) head.add(piece);
  return { model: [...head.finish(), ...weights.finish()], externalData: externalData.finish() };
}

function modelWithoutGraph(model: OnnxModel) {
  return create(ModelProtoSchema, {
    irVersion: BigInt(model.irVersion),
    opsetImport: operatorSets(model).map(({ domain, version }) => ({ domain, version: BigInt(version) })),
    producerName: model.producer,
    ...(model.producerVersion === undefined ? {} : { producerVersion: model.producerVersion }),
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
  });
}

/** The bytes of an initializer before its elements, if it begins at `position` of the file. */
function inlineTensorHead({ name, tensor }: Initializer, raw: Uint8Array, position: number): Uint8Array {
  const fields = toBinary(TensorProtoSchema, tensorToProto(tensor, name));
  const elementsHead = TAG_BYTES + varintLength(raw.length);
  const elementsStart = position + TAG_BYTES + LENGTH_BYTES + fields.length + elementsHead;
  const blanks = raw.length < LARGE ? 0 : blankFieldLength(elementsStart, tensor.data.BYTES_PER_ELEMENT);
  const writer = new BinaryWriter()
    .tag(GRAPH_INITIALIZER, WireType.LengthDelimited)
    .raw(lengthBytes(fields.length + blanks + elementsHead + raw.length))
    .raw(fields);
  if (blanks > 0) {
    const text = ' '.repeat(blanks - SHORTEST_FIELD);
    writer.tag(TENSOR_DOC_STRING, WireType.LengthDelimited).string(text);
  }
  return writer.tag(TENSOR_RAW_DATA, WireType.LengthDelimited).uint32(raw.length).finish();
}

function externalTensor({ name, tensor }: Initializer, location: string, offset: number, length: number) {
  const proto = tensorToProto(tensor, name);
  proto.dataLocation = DataLocation.EXTERNAL;
  const place = { location, offset: String(offset), length: String(length) };
  proto.externalData = Object.entries(place).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  const bytes = toBinary(TensorProtoSchema, proto);
  return new BinaryWriter().tag(GRAPH_INITIALIZER, WireType.LengthDelimited).bytes(bytes).finish();
}

/** The length of a blank doc_string that moves the data after `position` to a multiple of `alignment`. */
function blankFieldLength(position: number, alignment: number): number {
  const missing = padding(position, alignment);
  return missing === 0 || missing >= SHORTEST_FIELD ? missing : missing + alignment;
}

function padding(position: number, alignment: number): number {
  return (alignment - (position % alignment)) % alignment;
}

function varintLength(value: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(value)) / 7));
}

/** A number below 2^32 as a varint of LENGTH_BYTES, even if a shorter form exists. */
function lengthBytes(length: number): Uint8Array {
  return Uint8Array.from({ length: LENGTH_BYTES }, (_, index) => {
    const bits = Math.floor(length / 2 ** (7 * index)) % 128;
    return index < LENGTH_BYTES - 1 ? bits | 128 : bits;
  });
}

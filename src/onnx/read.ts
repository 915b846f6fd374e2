import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { InputError, ModelFileError } from '../errors.js';
import { readBytes } from '../files/read-bytes.js';
import { externalDataIn, noExternalData } from './external-data.js';
import { ModelProtoSchema, type ModelProto } from './generated/onnx_pb.js';
import { graphFromProto } from './graph-from-proto.js';
import type { OnnxModel } from './model.js';
import { isStandardDomain } from './operator-sets.js';
import type { ReadExternalData } from './tensor-from-proto.js';

/**
 * Reads a model file and the external data beside it. Weights are views into the file's bytes if their alignment allows
 * it. Throws `InputError` if the file is not an ONNX model, or uses something that this package does not support.
 */
export function readOnnxFile(path: string): OnnxModel {
  return parse(bytesOf(path), path, externalDataIn(dirname(path)));
}

/** Decodes the model in these bytes. Weights are views if their alignment allows it. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  return parse(bytes, 'the ONNX model', noExternalData);
}

/** The path may be a link: the user named it. */
function bytesOf(path: string): Uint8Array {
  try {
    return readBytes(existsSync(path) ? realpathSync(path) : path, 'onnx');
  } catch (error) {
    if (error instanceof ModelFileError) throw new InputError(error.message, { cause: error });
    throw error;
  }
}

function parse(bytes: Uint8Array, source: string, readExternal: ReadExternalData): OnnxModel {
  const proto = parseProtobuf(bytes, source);
  try {
    return modelFromProto(proto, readExternal);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${source}: ${error.message}`, { cause: error });
    throw error;
  }
}

export function parseProtobuf(bytes: Uint8Array, source: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${source} is not an ONNX model, or was cut short: ${why}`, { cause });
  }
}

function modelFromProto(proto: ModelProto, readExternal: ReadExternalData): OnnxModel {
  if (proto.graph === undefined) {
    throw new InputError('has no graph; expected a complete ONNX model');
  }
  const versions = proto.opsetImport.map(({ domain, version }) => [domain, Number(version)] as const);
  const standard = versions.find(([domain]) => isStandardDomain(domain));
  if (standard === undefined) {
    throw new InputError('imports no standard operator set; expected a complete ONNX model');
  }
  const [function_] = proto.functions;
  if (function_ !== undefined) {
    throw new InputError(
      `defines functions of its own ("${function_.name}"); inline them first with the Python package onnx: onnx.inliner.inline_local_functions`,
    );
  }
  const further = versions.filter(([domain]) => !isStandardDomain(domain));
  return {
    graph: graphFromProto(proto.graph, readExternal),
    opset: standard[1],
    irVersion: Number(proto.irVersion),
    producer: proto.producerName,
    metadata: Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key, value])),
    ...(further.length === 0 ? {} : { domainVersions: Object.fromEntries(further) }),
    ...(proto.producerVersion === '' ? {} : { producerVersion: proto.producerVersion }),
  };
}

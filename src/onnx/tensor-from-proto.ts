import { InputError } from '../errors.js';
import {
  type NumericType,
  type TypedArrayConstructor,
  arrayOf,
  elementTypeOf,
  nameOfCode,
} from './element-types.js';
import { TensorProto_DataLocation as DataLocation, type TensorProto } from './generated/onnx_pb.js';
import type { OnnxTensor, TypedArray } from './model.js';

/**
 * Reads the `length` bytes that a tensor's `external_data` entries point to, into memory aligned for any element type.
 */
export type ReadExternalData = (entries: ReadonlyMap<string, string>, length: number) => Uint8Array;

/** A tensor in any of the forms that a file may use. Raw elements are viewed in place if their alignment allows it. */
export function tensorFromProto(
  proto: TensorProto,
  what: string,
  readExternal: ReadExternalData,
): OnnxTensor {
  const type = elementTypeOf(proto.dataType);
  if (type === undefined || type === 'string') {
    throw new InputError(
      `${what} holds elements of type ${nameOfCode(proto.dataType)}, which this package does not read`,
    );
  }
  const array = arrayOf(type);
  if (proto.segment !== undefined) {
    throw new InputError(`${what} is one segment of a tensor; expected all of it`);
  }
  const dims = proto.dims.map((size) => dimension(size, what));
  const elements = dims.reduce((product, size) => product * size, 1);
  const shape = `its dimensions [${dims.join(', ')}] of ${type}`;
  const byteLength = elements * array.BYTES_PER_ELEMENT;
  if (!Number.isSafeInteger(byteLength)) throw new InputError(`${what} is too large: ${shape}`);

  if (proto.dataLocation === DataLocation.EXTERNAL) {
    const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
    return { type, dims, data: viewOrCopy(array, readExternal(entries, byteLength)) };
  }
  if (proto.rawData.length > 0) {
    if (proto.rawData.length !== byteLength) {
      throw new InputError(`${what} has ${proto.rawData.length} bytes; ${shape} take ${byteLength}`);
    }
    return { type, dims, data: viewOrCopy(array, proto.rawData) };
  }
  const data = listedElements(proto, type);
  if (data.length !== elements) {
    throw new InputError(`${what} has ${data.length} elements; ${shape} take ${elements}`);
  }
  return { type, dims, data };
}

function dimension(size: bigint, what: string): number {
  const value = Number(size);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InputError(`${what} has a dimension of ${size}; expected a whole number from 0 to 2^53`);
  }
  return value;
}

function viewOrCopy(array: TypedArrayConstructor, bytes: Uint8Array): TypedArray {
  // `slice` of a Buffer would copy nothing.
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / array.BYTES_PER_ELEMENT);
}

/**
 * The elements of the list that onnx.proto assigns to the type. 16-bit floats are listed as integers with the same
 * bits.
 */
function listedElements(proto: TensorProto, type: NumericType): TypedArray {
  switch (type) {
    case 'float32':
      return Float32Array.from(proto.floatData);
    case 'float64':
      return Float64Array.from(proto.doubleData);
    case 'int64':
      return BigInt64Array.from(proto.int64Data);
    case 'uint64':
      return BigUint64Array.from(proto.uint64Data);
    case 'uint32':
      return Uint32Array.from(proto.uint64Data, Number);
    case 'int32':
      return Int32Array.from(proto.int32Data);
    case 'int16':
      return Int16Array.from(proto.int32Data);
    case 'int8':
      return Int8Array.from(proto.int32Data);
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return Uint16Array.from(proto.int32Data);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(proto.int32Data);
  }
}

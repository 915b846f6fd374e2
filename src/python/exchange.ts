import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { bytesOf } from '../files/bytes-of.js';
import { ExchangeError } from './errors.js';
import { type JsonValue, isJsonObject, parseJson, stringifyJson } from './exchange-json.js';

export type { JsonValue } from './exchange-json.js';

/*
 * One message is one file, little-endian (`reference/exchange.py` is the same in Python):
 *
 *    0  magic, 8 bytes
 *    8  uint64  bytes of the whole file
 *   16  uint64  bytes of the JSON header, a multiple of 8
 *   24  20 bytes SHA-1 of everything from byte 48, then 4 zero bytes
 *   48  header {"meta": ..., "tensors": [{"name", "dtype", "shape", "offset", "bytes"}]}, padded with spaces
 *   ..  payloads, each at a multiple of 8; "offset" counts from the end of the header
 *
 * Numbers that are compared travel as payload only: JSON has no NaN and no infinity, and JSON.stringify drops the sign of -0.
 */
const MAGIC = new TextEncoder().encode('SPENC\x00\x01\n');
const HEADER_START = 48;
const ALIGNMENT = 8;

export type Dtype = 'float32' | 'float64' | 'int32' | 'int64' | 'bool';

export interface WireTensor {
  dtype: Dtype;
  shape: number[];
  /** Row-major; of the array type that belongs to `dtype` (`bool`: one byte each, 0 or 1). */
  data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;
}

interface ArrayType {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): WireTensor['data'];
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
}

const ARRAY_TYPES: Record<Dtype, ArrayType> = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/**
 * A tensor from its raw little-endian bytes, which are copied.
 *
 * @throws ExchangeError if they do not fit its shape
 */
export function tensorFromBytes(dtype: Dtype, shape: readonly number[], bytes: Uint8Array): WireTensor {
  const ArrayType = ARRAY_TYPES[dtype];
  const length = elementCount([...shape]);
  const expected = length * ArrayType.BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    throw new ExchangeError(
      `a ${dtype} tensor of shape [${shape.join(', ')}] has ${bytes.length} bytes; expected ${expected}`,
    );
  }
  return { dtype, shape: [...shape], data: new ArrayType(Uint8Array.from(bytes).buffer, 0, length) };
}

export interface Message {
  meta: JsonValue;
  tensors: Record<string, WireTensor>;
}

/** Serializes a message. Throws an `ExchangeError` if something would not arrive unchanged. */
export function encodeMessage(message: Message): Uint8Array {
  requireLittleEndian();
  const entries = Object.entries(message.tensors);
  let payloadEnd = 0;
  const table = entries.map(([name, tensor]) => {
    checkTensor(name, tensor);
    const offset = align(payloadEnd);
    payloadEnd = offset + tensor.data.byteLength;
    return { name, dtype: tensor.dtype, shape: tensor.shape, offset, bytes: tensor.data.byteLength };
  });
  const header = new TextEncoder().encode(stringifyJson({ meta: message.meta, tensors: table }));
  const payloadStart = HEADER_START + align(header.length);

  const file = new Uint8Array(payloadStart + payloadEnd);
  file.set(MAGIC);
  file.set(header, HEADER_START);
  file.fill(0x20, HEADER_START + header.length, payloadStart);
  entries.forEach(([, { data }], index) => {
    file.set(bytesOf(data), payloadStart + (table[index]?.offset ?? 0));
  });
  const fixed = new DataView(file.buffer);
  fixed.setBigUint64(8, BigInt(file.length), true);
  fixed.setBigUint64(16, BigInt(align(header.length)), true);
  file.set(checksum(file), 24);
  return file;
}

/** Reads a message. Its arrays are views into `bytes`, so later changes of `bytes` change them. */
export function decodeMessage(bytes: Uint8Array): Message {
  requireLittleEndian();
  const payloadStart = checkFile(bytes);
  const header = parseJson(new TextDecoder().decode(bytes.subarray(HEADER_START, payloadStart)));
  if (!isJsonObject(header) || header['meta'] === undefined || !Array.isArray(header['tensors'])) {
    throw new ExchangeError('the header has no "meta" and "tensors"; the file was written by something else');
  }
  const payload = bytes.subarray(payloadStart);
  const tensors = new Map<string, WireTensor>();
  for (const entry of header['tensors']) {
    const [name, tensor] = readTensor(entry, payload);
    if (tensors.has(name)) throw new ExchangeError(`the tensor "${name}" occurs twice`);
    tensors.set(name, tensor);
  }
  return { meta: header['meta'], tensors: Object.fromEntries(tensors) };
}

/** Checks magic, length and checksum; returns the position of the payloads. */
function checkFile(bytes: Uint8Array): number {
  if (bytes.length < HEADER_START || MAGIC.some((value, index) => bytes[index] !== value)) {
    throw new ExchangeError(`not an exchange file of this version (${bytes.length} bytes)`);
  }
  const fixed = new DataView(bytes.buffer, bytes.byteOffset, HEADER_START);
  const length = fixed.getBigUint64(8, true);
  if (length !== BigInt(bytes.length)) {
    throw new ExchangeError(
      `the file should have ${length} bytes and has ${bytes.length}; it was cut or not written to its end`,
    );
  }
  const stored = bytes.subarray(24, 44);
  if (checksum(bytes).some((value, index) => stored[index] !== value)) {
    throw new ExchangeError('wrong checksum: the file was changed after it was written');
  }
  const payloadStart = BigInt(HEADER_START) + fixed.getBigUint64(16, true);
  if (payloadStart > length) throw new ExchangeError('the header is longer than the file');
  return Number(payloadStart);
}

function readTensor(entry: JsonValue, payload: Uint8Array): [string, WireTensor] {
  if (!isJsonObject(entry)) throw new ExchangeError('a tensor entry of the header is not an object');
  const { name, dtype, shape, offset, bytes } = entry;
  if (
    typeof name !== 'string' ||
    typeof dtype !== 'string' ||
    !Array.isArray(shape) ||
    !isSize(offset) ||
    !isSize(bytes)
  ) {
    throw new ExchangeError('a tensor entry of the header needs name, dtype, shape, offset and bytes');
  }
  if (!isDtype(dtype)) throw unknownDtype(name, dtype);
  const sizes = shape.filter(isSize);
  const ArrayType = ARRAY_TYPES[dtype];
  const length = elementCount(sizes);
  if (sizes.length !== shape.length || bytes !== length * ArrayType.BYTES_PER_ELEMENT) {
    throw new ExchangeError(
      `the tensor "${name}" (${dtype}) has ${bytes} bytes, which do not fit its shape ${JSON.stringify(shape)}`,
    );
  }
  if (offset + bytes > payload.length) throw new ExchangeError(`the tensor "${name}" lies outside the file`);
  const start = payload.byteOffset + offset;
  const aligned = start % ArrayType.BYTES_PER_ELEMENT === 0;
  const data = aligned
    ? new ArrayType(payload.buffer, start, length)
    : new ArrayType(payload.slice(offset, offset + bytes).buffer, 0, length);
  const tensor: WireTensor = { dtype, shape: sizes, data };
  checkTensor(name, tensor);
  return [name, tensor];
}

function checkTensor(name: string, { dtype, shape, data }: WireTensor): void {
  if (!isDtype(dtype)) throw unknownDtype(name, dtype);
  if (!(data instanceof ARRAY_TYPES[dtype])) {
    throw new ExchangeError(`the tensor "${name}" is ${dtype} and needs a ${ARRAY_TYPES[dtype].name}`);
  }
  if (!shape.every(isSize) || elementCount(shape) !== data.length) {
    throw new ExchangeError(
      `the tensor "${name}" has ${data.length} elements, which do not fit its shape [${shape.join(', ')}]`,
    );
  }
  if (dtype === 'bool' && data.some((value) => value > 1)) {
    throw new ExchangeError(`the tensor "${name}" is bool but holds values other than 0 and 1`);
  }
}

function unknownDtype(name: string, dtype: string): ExchangeError {
  return new ExchangeError(
    `the tensor "${name}" has dtype ${dtype}; known are ${Object.keys(ARRAY_TYPES).join(', ')}`,
  );
}

function requireLittleEndian(): void {
  if (endianness() !== 'LE') throw new ExchangeError('the exchange format needs a little-endian machine');
}

const isDtype = (text: string): text is Dtype => Object.hasOwn(ARRAY_TYPES, text);
const isSize = (value: JsonValue | undefined): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const align = (position: number): number => Math.ceil(position / ALIGNMENT) * ALIGNMENT;
const checksum = (file: Uint8Array): Uint8Array =>
  createHash('sha1').update(file.subarray(HEADER_START)).digest();

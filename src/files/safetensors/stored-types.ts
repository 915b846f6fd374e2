import { ModelFileError } from '../../errors.js';
import { widenBfloat, widenHalf } from './half.js';

export type StoredType = 'BOOL' | 'U8' | 'F16' | 'BF16' | 'I32' | 'F32' | 'F64' | 'I64';
export type StoredValues = Float32Array | Int32Array | Uint8Array;

interface TypeRow {
  /** Bytes of one element. */
  readonly size: number;
  /** Converts these bytes to the types that the rest of the package uses. @throws ModelFileError */
  readonly decode: (bytes: Uint8Array, tensor: string) => StoredValues;
}

/** In the order of the safetensors library: of types with equal size, later ones here come first in a file. */
export const STORED_TYPES: Readonly<Record<StoredType, TypeRow>> = {
  BOOL: { size: 1, decode: decodeBooleans },
  U8: { size: 1, decode: (bytes) => bytes },
  F16: { size: 2, decode: (bytes) => widenHalf(view(bytes, Uint16Array)) },
  BF16: { size: 2, decode: (bytes) => widenBfloat(view(bytes, Uint16Array)) },
  I32: { size: 4, decode: (bytes) => view(bytes, Int32Array) },
  F32: { size: 4, decode: (bytes) => view(bytes, Float32Array) },
  // Rounded to nearest, and infinite beyond float32, as PyTorch does when it copies into float32 parameters.
  F64: { size: 8, decode: (bytes) => new Float32Array(view(bytes, Float64Array)) },
  I64: { size: 8, decode: decodeLongs },
};

export function isStoredType(name: unknown): name is StoredType {
  return typeof name === 'string' && Object.hasOwn(STORED_TYPES, name);
}

/** A view if the alignment allows it. (The format and all platforms of Node are little-endian.) */
function view<T>(
  bytes: Uint8Array,
  array: { new (buffer: ArrayBufferLike, offset: number, length: number): T; BYTES_PER_ELEMENT: number },
): T {
  const size = array.BYTES_PER_ELEMENT;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new array(buffer, byteOffset, byteLength / size);
}

function decodeBooleans(bytes: Uint8Array, tensor: string): Uint8Array {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong === -1) return bytes;
  throw new ModelFileError(`${tensor} is BOOL and has ${bytes[wrong]} at index ${wrong}; expected 0 or 1`);
}

function decodeLongs(bytes: Uint8Array, tensor: string): Int32Array {
  const halves = view(bytes, Int32Array);
  const values = new Int32Array(halves.length / 2);
  for (let i = 0; i < values.length; i++) {
    const low = halves[2 * i] ?? 0;
    const high = halves[2 * i + 1] ?? 0;
    if (high !== low >> 31) {
      const value = BigInt(high) * 2n ** 32n + BigInt(low >>> 0);
      throw new ModelFileError(
        `${tensor} is I64 and has ${value} at index ${i}; expected a number of 32 bits`,
      );
    }
    values[i] = low;
  }
  return values;
}

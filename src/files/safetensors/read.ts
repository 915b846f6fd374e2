import { preview } from '../preview.js';
import { withFile } from '../read-bytes.js';
import { type HeaderEntry, headerLength, LENGTH_BYTES, parseHeader } from './header.js';
import { STORED_TYPES, type StoredType, type StoredValues } from './stored-types.js';

export interface StoredTensor {
  readonly name: string;
  /** The type in the file. */
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  /**
   * The elements in row-major order. F32, F16, BF16 and F64 become float32: F32 as a view of the file's bytes if they
   * are aligned, F16 and BF16 exactly, F64 rounded to nearest. I64 and I32 become int32, U8 and BOOL bytes. Each call
   * makes a new array, unless it is a view.
   *
   * Throws a `ModelFileError` for an I64 beyond 32 bits, or a BOOL other than 0 and 1
   */
  readonly values: () => StoredValues;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a safetensors file. The data take as much memory as on disk.
 *
 * @throws ModelFileError that names the file, the tensor, what is wrong with it and what was expected
 */
export function readSafetensors(path: string): Safetensors {
  return withFile(path, 'weights', ({ size, read }) => {
    const length = headerLength(read(0, Math.min(LENGTH_BYTES, size)), size, path);
    const dataStart = LENGTH_BYTES + length;
    const { entries, metadata } = parseHeader(read(LENGTH_BYTES, length), size - dataStart, path);
    // In a separate buffer, so that no header length spoils the alignment.
    return { tensors: tensorsIn(read(dataStart, size - dataStart), entries, path), metadata };
  });
}

/** Decodes the bytes of a safetensors file. */
export function decodeSafetensors(bytes: Uint8Array, source = 'the safetensors data'): Safetensors {
  const dataStart = LENGTH_BYTES + headerLength(bytes, bytes.length, source);
  const data = bytes.subarray(dataStart);
  const { entries, metadata } = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), data.length, source);
  return { tensors: tensorsIn(data, entries, source), metadata };
}

function tensorsIn(
  data: Uint8Array,
  entries: readonly HeaderEntry[],
  source: string,
): Map<string, StoredTensor> {
  return new Map(
    entries.map(({ name, dtype, shape, start, end }) => {
      const values = (): StoredValues =>
        STORED_TYPES[dtype].decode(data.subarray(start, end), `${source}: tensor ${preview(name)}`);
      return [name, { name, dtype, shape, values }];
    }),
  );
}

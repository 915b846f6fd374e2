import { InputError } from '../../errors.js';
import type { Row } from '../dataset.js';

/** An open Parquet file. */
export interface ParquetFile {
  readonly columns: readonly string[];
  /** The number of rows in each part. A part is decoded as a whole. */
  readonly parts: readonly number[];
  readonly rows: number;
  /** The uncompressed size of all rows. */
  readonly bytes: number;
  /** Reads the rows from `begin` up to, but not including, `end`. */
  read(begin: number, end: number): Promise<Row[]>;
}

/** The part of hyparquet that is used. */
interface Hyparquet {
  asyncBufferFromFile(path: string): Promise<unknown>;
  parquetMetadataAsync(file: unknown): Promise<Metadata>;
  parquetSchema(metadata: Metadata): {
    readonly children: readonly { readonly element: { readonly name: string } }[];
  };
  parquetReadObjects(options: object): Promise<Row[]>;
}

interface Metadata {
  readonly num_rows: bigint;
  readonly row_groups: readonly { readonly num_rows: bigint; readonly total_byte_size: bigint }[];
}

// Programs that read no Parquet files need neither library, nor their types.
const LIBRARY: string = 'hyparquet';
const COMPRESSORS: string = 'hyparquet-compressors';

/** @throws InputError if the file is not a Parquet file */
export async function openParquet(path: string): Promise<ParquetFile> {
  const [library, { compressors }] = await Promise.all([
    import(LIBRARY) as Promise<Hyparquet>,
    import(COMPRESSORS) as Promise<{ readonly compressors: unknown }>,
  ]);
  return await readable(path, async () => {
    const file = await library.asyncBufferFromFile(path);
    const metadata = await library.parquetMetadataAsync(file);
    const columns = library.parquetSchema(metadata).children.map(({ element }) => element.name);
    return {
      columns,
      parts: metadata.row_groups.map((group) => Number(group.num_rows)),
      rows: Number(metadata.num_rows),
      bytes: metadata.row_groups.reduce((sum, group) => sum + Number(group.total_byte_size), 0),
      read: (rowStart, rowEnd) =>
        readable(path, async () => {
          const rows = await library.parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors });
          return rows.map((row, at) => plain(row, `${path}: row ${rowStart + at}`) as Row);
        }),
    };
  });
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${path} is not a Parquet file that can be read: ${message}`, { cause });
  }
}

/** Converts values to those of JSON: whole numbers of 64 bits become numbers. */
function plain(value: unknown, where: string): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new InputError(`${where}: the whole number ${value} is too large; expected at most 2^53`);
  }
  if (Array.isArray(value)) return value.map((part) => plain(part, where));
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array)) {
    return Array.from(value as unknown as Iterable<unknown>, (part) => plain(part, where));
  }
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part, where)]));
}

import { counted } from '../../counted.js';
import { ModelFileError } from '../../errors.js';
import { parseJson } from '../json/parse-json.js';
import { preview } from '../preview.js';
import { isStoredType, STORED_TYPES, type StoredType } from './stored-types.js';

/** Below the format's own limit of 100 MB. The largest headers of published models have some 100 kB. */
export const MAX_HEADER_BYTES = 32 * 2 ** 20;
/** Names, keys and numbers of a header. Each tensor has about ten. */
const MAX_HEADER_VALUES = 1_000_000;
/** The length of the header comes first, as an unsigned 64-bit number. */
export const LENGTH_BYTES = 8;

/** The position of a tensor: bytes `start` to `end` after the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the data. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Files that are often mistaken for weights. */
const OTHER_FILES = [
  { begins: [...Buffer.from('<!')], what: 'a web page: a download was answered with one' },
  { begins: [...Buffer.from('<html')], what: 'a web page: a download was answered with one' },
  { begins: [...Buffer.from('PK\u0003\u0004')], what: 'a zip archive, as torch.save writes it' },
  { begins: [...Buffer.from('{"')], what: 'JSON' },
];

/** @throws ModelFileError if a header in a file of this size cannot have this length */
export function headerLength(start: Uint8Array, fileSize: number, source: string): number {
  if (start.length < LENGTH_BYTES) {
    throw new ModelFileError(
      `${source} has ${start.length} bytes; expected a safetensors file, which begins with the ${LENGTH_BYTES} bytes of its header's length`,
    );
  }
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    const other = OTHER_FILES.find(({ begins }) => begins.every((byte, at) => start[at] === byte));
    if (other !== undefined) {
      throw new ModelFileError(`${source} begins like ${other.what}; expected a safetensors file`);
    }
    throw new ModelFileError(
      `${source} states a header of ${length} bytes; expected a safetensors file, with a header of at most ${MAX_HEADER_BYTES}`,
    );
  }
  if (length > fileSize - LENGTH_BYTES) {
    throw new ModelFileError(
      `${source} states a header of ${length} bytes, but ${fileSize - LENGTH_BYTES} follow; the file was cut short, or is not a safetensors file`,
    );
  }
  return length;
}

/**
 * @throws ModelFileError unless every byte of the data belongs to exactly one tensor, of the size that its shape
 *   requires
 */
export function parseHeader(json: Uint8Array, dataLength: number, source: string): Header {
  const value = parseJson(json, `${source}, header`, { uniqueKeys: true, maxValues: MAX_HEADER_VALUES });
  if (!isObject(value) || json[0] !== 0x7b) {
    throw new ModelFileError(`${source}: the header is not a JSON object that begins with its first byte`);
  }
  const entries: HeaderEntry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, item] of Object.entries(value)) {
    if (name === '__metadata__') metadata = readMetadata(item, source);
    else entries.push(readEntry(name, item, source));
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  checkCoverage(entries, dataLength, source);
  return { entries, metadata };
}

function readEntry(name: string, item: unknown, source: string): HeaderEntry {
  const tensor = `${source}: tensor ${preview(name)}`;
  // Such a name attacks code that keeps tensors in a plain object.
  if (name === '__proto__') throw new ModelFileError(`${tensor} has a name that no tensor may have`);
  if (!isObject(item)) {
    throw new ModelFileError(`${tensor} is ${preview(item)}; expected {"dtype", "shape", "data_offsets"}`);
  }
  const { dtype, shape, data_offsets: offsets } = item;
  if (!isStoredType(dtype)) {
    throw new ModelFileError(
      `${tensor} has dtype ${preview(dtype)}; expected one of ${Object.keys(STORED_TYPES).join(', ')}`,
    );
  }
  if (!isList(shape)) {
    throw new ModelFileError(`${tensor} has shape ${preview(shape)}; expected a list of sizes`);
  }
  if (!isList(offsets) || offsets.length !== 2) {
    throw new ModelFileError(`${tensor} has data_offsets ${preview(offsets)}; expected [start, end]`);
  }
  const sizes = shape.map((size) => wholeNumber(size, `${tensor} has a shape with`));
  const [start = 0, end = 0] = offsets.map((offset) =>
    wholeNumber(offset, `${tensor} has data_offsets with`),
  );
  if (end < start) {
    throw new ModelFileError(`${tensor} has data_offsets [${start}, ${end}]; expected the start first`);
  }
  const bytes = STORED_TYPES[dtype].size * sizes.reduce((product, size) => product * size, 1);
  if (bytes !== end - start) {
    throw new ModelFileError(
      `${tensor} has data_offsets [${start}, ${end}] over ${end - start} bytes; expected the ${bytes} that shape ${shapeText(sizes)} of ${dtype} takes`,
    );
  }
  return { name, dtype, shape: sizes, start, end };
}

function readMetadata(item: unknown, source: string): Map<string, string> {
  if (!isObject(item)) {
    throw new ModelFileError(`${source}: __metadata__ is ${preview(item)}; expected an object of texts`);
  }
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(item)) {
    if (typeof text !== 'string') {
      throw new ModelFileError(
        `${source}: __metadata__ has ${preview(text)} under ${preview(key)}; expected a text`,
      );
    }
    metadata.set(key, text);
  }
  return metadata;
}

function checkCoverage(entries: readonly HeaderEntry[], dataLength: number, source: string): void {
  let covered = 0;
  for (const { name, start, end } of entries) {
    if (start !== covered) {
      const wrong = start < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new ModelFileError(
        `${source}: tensor ${preview(name)} begins at byte ${start} of the data and ${wrong}; expected ${covered}`,
      );
    }
    if (end > dataLength) {
      throw new ModelFileError(
        `${source}: tensor ${preview(name)} ends at byte ${end} of the data, but the file has ${dataLength}; it was cut short, or its header is wrong`,
      );
    }
    covered = end;
  }
  if (covered !== dataLength) {
    throw new ModelFileError(
      `${source}: ${dataLength - covered} bytes follow the last tensor; expected the file to end with it`,
    );
  }
}

function wholeNumber(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ModelFileError(`${what} ${preview(value)}; expected whole numbers of at least 0`);
}

function shapeText(sizes: readonly number[]): string {
  return sizes.length <= 8 ? `[${sizes.join(', ')}]` : `of ${counted(sizes.length, 'dimension')}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

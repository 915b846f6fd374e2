import { open, type FileHandle } from 'node:fs/promises';
import { counted } from '../../counted.js';
import { bytesOf } from '../../files/bytes-of.js';
import { writeFileWhole } from '../../files/write-file.js';
import { type IndexContents, IndexFileError } from './index-contents.js';
import { BLOCK_DOCUMENTS, type PostingBlock } from './posting-block.js';

/*
 * All numbers have 32 bits in the byte order of the machine, which is almost always little-endian:
 *
 *   magic, version, columns, blocks
 *   documents, postings                       for each block
 *   indptr, values, members (16 bits each)    for each block; padded to 32 bits
 */
const MAGIC = 0x49455053; // "SPEI", read as little-endian
const VERSION = 1;
const HEADER_WORDS = 4;
const WORDS_OF_BLOCK = 2;
const WORD = Uint32Array.BYTES_PER_ELEMENT;

/** Writes an index. Whatever happens, `path` holds either its former contents or the whole index. */
export async function writeIndexFile(index: IndexContents, path: string): Promise<void> {
  await writeFileWhole(path, piecesOf(index));
}

function* piecesOf({ columns, blocks }: IndexContents): Generator<Uint8Array> {
  const sizes = blocks.flatMap(({ documents, members }) => [documents, members.length]);
  yield bytesOf(Uint32Array.of(MAGIC, VERSION, columns, blocks.length, ...sizes));
  for (const { indptr, values, members } of blocks) {
    yield bytesOf(indptr);
    yield bytesOf(values);
    yield bytesOf(members);
    yield new Uint8Array(paddingOf(members.length));
  }
}

/**
 * Reads an index. It takes no more memory than the file's size: its header is checked against that first.
 *
 * @throws IndexFileError if the file is not an index of this version, was cut short, or is invalid
 */
export async function readIndexFile(path: string): Promise<IndexContents> {
  const file = await open(path, 'r');
  try {
    const { columns, sizes } = await readHeader(file, path);
    const blocks: PostingBlock[] = [];
    for (const [number, [documents, postings]] of sizes.entries()) {
      const block: PostingBlock = {
        documents,
        indptr: new Uint32Array(columns + 1),
        values: new Float32Array(postings),
        members: new Uint16Array(postings),
      };
      const padding = new Uint8Array(paddingOf(postings));
      for (const array of [block.indptr, block.values, block.members, padding]) {
        await readInto(file, bytesOf(array), path);
      }
      checkBlock(block, `${path}, block ${number}`);
      blocks.push(block);
    }
    return { columns, blocks };
  } finally {
    await file.close();
  }
}

interface Header {
  readonly columns: number;
  readonly sizes: readonly (readonly [documents: number, postings: number])[];
}

async function readHeader(file: FileHandle, path: string): Promise<Header> {
  const { size } = await file.stat();
  const header = new Uint32Array(HEADER_WORDS);
  if (size < header.byteLength) throw new IndexFileError(`${path} has ${size} bytes; that is not an index`);
  await readInto(file, bytesOf(header), path);
  const [magic, version, columns, blocks] = header as unknown as [number, number, number, number];
  if (magic !== MAGIC) {
    throw new IndexFileError(`${path} does not begin as an index of sparse embeddings does`);
  }
  if (version !== VERSION) {
    throw new IndexFileError(
      `${path} is an index of version ${version}; expected ${VERSION}: build it again`,
    );
  }
  if ((HEADER_WORDS + WORDS_OF_BLOCK * blocks) * WORD > size) throw cutShort(path);
  const words = new Uint32Array(WORDS_OF_BLOCK * blocks);
  await readInto(file, bytesOf(words), path);
  const sizes = Array.from({ length: blocks }, (_, i): [number, number] => [
    words[WORDS_OF_BLOCK * i] as number,
    words[WORDS_OF_BLOCK * i + 1] as number,
  ]);
  const expected = sizes.reduce(
    (sum, [, postings]) => sum + (columns + 1 + postings) * WORD + 2 * postings + paddingOf(postings),
    header.byteLength + words.byteLength,
  );
  if (expected > size) throw cutShort(path);
  if (expected < size) {
    throw new IndexFileError(`${path} has ${size} bytes, but its header says ${expected}`);
  }
  for (const [number, [documents]] of sizes.entries()) {
    const last = number === blocks - 1;
    if (last ? documents > 0 && documents <= BLOCK_DOCUMENTS : documents === BLOCK_DOCUMENTS) continue;
    throw new IndexFileError(
      `${path}, block ${number}: ${counted(documents, 'document')}; expected ${last ? '1 to ' : ''}${BLOCK_DOCUMENTS}`,
    );
  }
  return { columns, sizes };
}

/** As `checkSparseMatrix`: the search does not check the arrays again. */
function checkBlock({ documents, indptr, members, values }: PostingBlock, where: string): void {
  const columns = indptr.length - 1;
  if (indptr[0] !== 0 || indptr[columns] !== members.length) {
    throw new IndexFileError(
      `${where}: postings from ${indptr[0]} to ${indptr[columns]}; expected 0 to ${members.length}`,
    );
  }
  const backward = indptr.findIndex((begin, d) => begin > (indptr[d + 1] ?? Infinity));
  if (backward >= 0) throw new IndexFileError(`${where}: dimension ${backward} ends before it begins`);
  for (let d = 0; d < columns; d++) {
    let previous = -1;
    const end = indptr[d + 1] as number;
    if (end < (indptr[d] as number)) {
      throw new IndexFileError(`${where}: dimension ${d} ends before it begins`);
    }
    for (let p = indptr[d] as number; p < end; p++) {
      const member = members[p] as number;
      const value = values[p] as number;
      if (member <= previous || member >= documents) {
        throw new IndexFileError(
          `${where}, dimension ${d}: document ${member} after ${previous}; expected ascending numbers below ${documents}`,
        );
      }
      if (value === 0 || !Number.isFinite(value)) {
        throw new IndexFileError(
          `${where}, dimension ${d}: the value ${value}; expected a finite one other than 0`,
        );
      }
      previous = member;
    }
  }
}

async function readInto(file: FileHandle, bytes: Uint8Array, path: string): Promise<void> {
  // One system call reads at most 2 GiB.
  const step = 64 * 2 ** 20;
  for (let position = 0; position < bytes.length;) {
    const { bytesRead } = await file.read(bytes, position, Math.min(step, bytes.length - position));
    if (bytesRead === 0) throw cutShort(path);
    position += bytesRead;
  }
}

function cutShort(path: string): IndexFileError {
  return new IndexFileError(`${path} ends before its index does; it was cut short`);
}

/** Padding bytes after this many 16-bit numbers. */
function paddingOf(members: number): number {
  return 2 * (members % 2);
}

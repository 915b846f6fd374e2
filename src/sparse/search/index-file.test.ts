import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { denseMatrix, exactWeight, sparseOf } from '../../testing/sparse/sparse-arbitraries.js';
import { sparseFromRows } from '../from-rows.js';
import { IndexFileError } from './index-contents.js';
import { BLOCK_DOCUMENTS } from './posting-block.js';
import { SparseIndex } from './sparse-index.js';

const folder = mkdtempSync(join(tmpdir(), 'sparse-index-'));
const path = join(folder, 'documents.index');
afterAll(() => rmSync(folder, { recursive: true }));

const small = SparseIndex.fromMatrix(
  sparseFromRows(
    [
      new Map([
        [0, 1],
        [2, -0.5],
      ]),
      new Map([[2, 3]]),
    ],
    3,
  ),
);

it('reads what it wrote, and leaves nothing else in the folder', async () => {
  await fc.assert(
    fc.asyncProperty(denseMatrix(exactWeight), async (dense) => {
      const index = SparseIndex.fromMatrix(sparseOf(dense));
      await index.save(path);
      expect(await SparseIndex.load(path)).toEqual(index);
      expect(readdirSync(folder)).toEqual(['documents.index']);
    }),
    { numRuns: 50 },
  );
});

it('reads several blocks', async () => {
  const rows = Array.from({ length: BLOCK_DOCUMENTS + 3 }, (_, row) => [[row % 5, 1 + row] as const]);
  const index = SparseIndex.fromMatrix(sparseFromRows(rows, 5));
  await index.save(path);
  expect(await SparseIndex.load(path)).toEqual(index);
});

describe('a damaged file', () => {
  async function loadChanged(change: (bytes: Buffer) => Buffer): Promise<SparseIndex> {
    await small.save(path);
    writeFileSync(path, change(readFileSync(path)));
    return SparseIndex.load(path);
  }

  const withWord =
    (word: number, value: number) =>
    (bytes: Buffer): Buffer => {
      bytes.writeUInt32LE(value, 4 * word);
      return bytes;
    };
  // Words: 0 to 3 header, 4 and 5 the block's sizes, 6 to 9 indptr, 10 to 12 values, 13 and 14 members.
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['has 3 bytes; that is not an index', (bytes) => bytes.subarray(0, 3)],
    ['does not begin as an index', withWord(0, 0x04034b50)],
    ['is an index of version 2; expected 1', withWord(1, 2)],
    ['was cut short', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['was cut short', withWord(2, 0xffffffff)],
    ['was cut short', withWord(3, 0xffffffff)],
    ['was cut short', withWord(5, 0xffffffff)],
    ['has 61 bytes, but its header says 60', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])],
    ['block 0: 0 documents; expected 1 to', withWord(4, 0)],
    ['postings from 1 to 3; expected 0 to 3', withWord(6, 1)],
    ['dimension 1 ends before it begins', withWord(7, 2)],
    ['dimension 2: document 0 after 0; expected ascending', withWord(14, 0)],
    ['dimension 2: the value NaN', withWord(11, 0x7fc00000)],
    ['dimension 0: the value 0', withWord(10, 0)],
  ])('is refused: %s', async (message, change) => {
    const loading = loadChanged(change);
    await expect(loading).rejects.toThrow(IndexFileError);
    await expect(loading).rejects.toThrow(message);
  });

  it('is refused or loaded, whatever byte changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 255 }), async (at, value) => {
        const outcome = await loadChanged((bytes) => {
          bytes[at % bytes.length] = value;
          return bytes;
        }).catch((error: unknown) => error);
        expect(outcome instanceof SparseIndex || outcome instanceof IndexFileError).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

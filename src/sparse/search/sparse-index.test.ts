import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../random.js';
import { denseMatrix, exactWeight, sparseOf } from '../../testing/sparse/sparse-arbitraries.js';
import { sparseFromRows } from '../from-rows.js';
import { concatenateRows, sliceRows } from '../select-rows.js';
import { sparseSimilarity } from '../similarity.js';
import type { SparseMatrix } from '../sparse-matrix.js';
import { BLOCK_DOCUMENTS } from './posting-block.js';
import { SparseIndex } from './sparse-index.js';

/** All documents by descending score; equal scores by number. */
function ranking(query: SparseMatrix, documents: SparseMatrix): { document: number; score: number }[] {
  return Array.from(sparseSimilarity('dot', query, documents), (score, document) => ({
    document,
    score,
  })).toSorted((a, b) => b.score - a.score || a.document - b.document);
}

const columns = 6;
const documentsOf = denseMatrix(exactWeight, { columns, maxRows: 40 }).map(sparseOf);
const queriesOf = denseMatrix(exactWeight, { columns, maxRows: 4 }).map(sparseOf);

describe('search', () => {
  it('finds the top of the ranking of all documents, ties and negative weights included', () => {
    fc.assert(
      fc.property(documentsOf, queriesOf, fc.integer({ min: 1, max: 50 }), (documents, queries, k) => {
        const found = SparseIndex.fromMatrix(documents).search(queries, k);
        expect(found.length).toBe(queries.rows);
        for (const [row, hits] of found.entries()) {
          const expected = ranking(sliceRows(queries, row, row + 1), documents).slice(0, k);
          expect([...hits.documents]).toEqual(expected.map(({ document }) => document));
          expect([...hits.scores]).toEqual(expected.map(({ score }) => score + 0));
        }
      }),
    );
  });

  it('finds the same over several blocks of documents', () => {
    const random = seededRandom(3);
    const rows = Array.from({ length: 2 * BLOCK_DOCUMENTS + 100 }, () =>
      Array.from({ length: 3 }, (_, i) => [3 * i + random.below(3), (random.below(17) - 8) / 4] as const),
    );
    const documents = sparseFromRows(rows, 9);
    const query = sparseFromRows([rows[5] ?? []], 9);
    const [hits] = SparseIndex.fromMatrix(documents).search(query, 5000);
    const expected = ranking(query, documents).slice(0, 5000);
    expect(Array.from(hits?.documents ?? [])).toEqual(expected.map(({ document }) => document));
  });

  it('gives documents without a shared dimension the score 0, between those above and below', () => {
    const documents = sparseFromRows([[[0, -1]], [[1, 1]], [[0, 1]], []], 2);
    const [hits] = SparseIndex.fromMatrix(documents).search(sparseFromRows([[[0, 2]]], 2), 10);
    expect([...(hits?.documents ?? [])]).toEqual([2, 1, 3, 0]);
    expect([...(hits?.scores ?? [])]).toEqual([2, 0, 0, -2]);
  });

  it('finds nothing in an empty index', () => {
    const [hits] = SparseIndex.fromMatrix(sparseFromRows([], 2)).search(sparseFromRows([[[0, 2]]], 2), 10);
    expect(hits).toEqual({ documents: new Uint32Array(), scores: new Float64Array() });
  });

  it('refuses queries of other columns, and k below 1', () => {
    const index = SparseIndex.fromMatrix(sparseFromRows([[]], 2));
    expect(() => index.search(sparseFromRows([[]], 3), 1)).toThrow('queries have 3 columns; expected 2');
    for (const k of [0, -1, 1.5, NaN]) {
      expect(() => index.search(sparseFromRows([[]], 2), k)).toThrow(`k is ${k}`);
    }
  });
});

describe('building', () => {
  it('gives the same index from a stream, however it is cut', async () => {
    const cut = fc.array(fc.nat({ max: 40 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(documentsOf, cut, async (documents, cuts) => {
        const bounds = [0, ...cuts.map((at) => Math.min(at, documents.rows)), documents.rows].toSorted(
          (a, b) => a - b,
        );
        const parts = bounds.slice(1).map((end, i) => sliceRows(documents, bounds[i] ?? NaN, end));
        expect(concatenateRows(parts)).toEqual(documents);
        const streamed = await SparseIndex.fromStream(parts, columns);
        expect(streamed).toEqual(SparseIndex.fromMatrix(documents));
      }),
    );
  });

  it('refuses a matrix with other columns, and anything but a matrix', async () => {
    const bad = { ...sparseFromRows([[[0, 1]]], 2), values: Float32Array.of(NaN) };
    const stream = (matrix: SparseMatrix): Promise<SparseIndex> =>
      SparseIndex.fromStream([sparseFromRows([[]], 2), matrix], 2);
    await expect(stream(sparseFromRows([[]], 3))).rejects.toThrow('documents have 3 columns; expected 2');
    await expect(stream(bad)).rejects.toThrow('the matrix of documents from 1, row 0, position 0: index 0');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denseMatrix, exactWeight, sparseOf } from '../testing/sparse/sparse-arbitraries.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { decode, tokenWeights } from './decode.js';
import { sparseFromRows } from './from-rows.js';
import { intersection } from './intersection.js';
import { keepMaxActiveDims } from './max-active-dims.js';
import { normalizeRows } from './normalize-rows.js';
import { rowOf } from './row.js';
import { sparsity } from './sparsity.js';
import { sparseToDense } from './to-dense.js';

describe('keepMaxActiveDims', () => {
  it('keeps the largest by absolute value, the lowest indices among equal ones', () => {
    fc.assert(
      fc.property(denseMatrix(exactWeight), fc.integer({ min: 1, max: 8 }), (dense, count) => {
        const matrix = sparseOf(dense);
        const kept = keepMaxActiveDims(matrix, count);
        checkSparseMatrix(kept);
        for (let row = 0; row < dense.rows; row++) {
          const { indices, values } = rowOf(matrix, row);
          const expected = Array.from(indices, (index, i): [number, number] => [index, values[i] ?? NaN])
            .toSorted(([i, a], [j, b]) => Math.abs(b) - Math.abs(a) || i - j)
            .slice(0, count)
            .toSorted(([i], [j]) => i - j);
          const result = rowOf(kept, row);
          expect(Array.from(result.indices, (index, i) => [index, result.values[i]])).toEqual(expected);
        }
      }),
    );
  });

  it.each([0, -1, 1.5, NaN])('refuses %d', (count) => {
    expect(() => keepMaxActiveDims(sparseFromRows([], 3), count)).toThrow('expected a whole number above 0');
  });
});

describe('sparsity', () => {
  it('is the mean number of active dimensions, and the share of the others', () => {
    const rows = sparseFromRows(
      [
        [[0, 1]],
        [],
        [
          [1, 1],
          [2, 1],
        ],
      ],
      4,
    );
    expect(sparsity(rows)).toEqual({ activeDims: 1, sparsityRatio: 0.75 });
  });

  it('is 0 and 1 without rows or columns', () => {
    expect(sparsity(sparseFromRows([], 4))).toEqual({ activeDims: 0, sparsityRatio: 1 });
    expect(sparsity(sparseFromRows([[], []], 0))).toEqual({ activeDims: 0, sparsityRatio: 1 });
  });
});

describe('intersection', () => {
  it('is the positive part of the dense product', () => {
    const pair = fc.tuple(
      denseMatrix(exactWeight, { columns: 7, maxRows: 1 }).filter(({ rows }) => rows === 1),
      denseMatrix(exactWeight, { columns: 7 }),
    );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const shared = intersection(sparseOf(a), sparseOf(b));
        checkSparseMatrix(shared);
        const expected = b.data.map((value, i) => Math.max(0, value * (a.data[i % 7] ?? NaN)));
        expect(sparseToDense(shared)).toEqual(expected.map((value) => value + 0));
      }),
    );
  });

  it('refuses several first rows, other columns, and a product beyond float32', () => {
    const row = sparseFromRows([[[1, 3e38]]], 2);
    expect(() => intersection(sparseFromRows([[], []], 2), row)).toThrow('the first matrix has 2 rows');
    expect(() => intersection(sparseFromRows([[]], 3), row)).toThrow('matrices of 3 and 2 columns');
    expect(() => intersection(row, row)).toThrow('row 0, index 1: the product');
  });
});

describe('decode', () => {
  const tokens = ['the', 'cat', 'sat', 'cat'];
  const tokenizer = { idToToken: (id: number) => tokens[id] };
  const matrix = sparseFromRows(
    [
      [
        [0, 0.5],
        [1, 2],
        [2, 0.5],
        [3, -1],
        [4, 1],
      ],
      [],
    ],
    5,
  );

  it('lists tokens by descending weight, by index where equal; a dimension without token by its number', () => {
    expect(decode(matrix, tokenizer)).toEqual([
      [
        ['cat', 2],
        ['#4', 1],
        ['the', 0.5],
        ['sat', 0.5],
        ['cat', -1],
      ],
      [],
    ]);
  });

  it('stops after topK', () => {
    expect(decode(matrix, tokenizer, 3)[0]?.map(([token]) => token)).toEqual(['cat', '#4', 'the']);
    expect(() => decode(matrix, tokenizer, 0)).toThrow('topK is 0; expected a whole number above 0');
    expect(() => decode(matrix, tokenizer, 1.5)).toThrow('topK is 1.5');
  });

  it('gives one text as a map, in which two dimensions of one name stay two', () => {
    expect([...tokenWeights(matrix, 0, tokenizer)]).toEqual([
      ['cat', 2],
      ['#4', 1],
      ['the', 0.5],
      ['sat', 0.5],
      ['#3', -1],
    ]);
  });
});

it('normalizeRows drops what becomes 0, so that the result is a matrix again', () => {
  const normalized = normalizeRows(
    sparseFromRows(
      [
        [
          [0, 1e-40],
          [2, 1e10],
        ],
        [],
        [
          [1, 3],
          [2, -4],
        ],
      ],
      3,
    ),
  );
  expect(() => checkSparseMatrix(normalized)).not.toThrow();
  expect(normalized).toEqual(
    sparseFromRows(
      [
        [[2, 1]],
        [],
        [
          [1, 0.6],
          [2, -0.8],
        ],
      ],
      3,
    ),
  );
});

import { expect, it } from 'vitest';
import { sparseFromDense } from '../sparse/from-dense.js';
import { rankDocuments } from './rank-documents.js';

it('ranks by dot product, equal ones by their number', () => {
  const documents = sparseFromDense(Float32Array.of(1, 0, 0, 2, 1, 1, 1, 1), 4, 2);
  const queries = sparseFromDense(Float32Array.of(1, 0, 0, 1), 2, 2);
  expect(rankDocuments(queries, documents, 3).map((each) => [...each])).toEqual([
    [0, 2, 3],
    [1, 2, 3],
  ]);
});

it('refuses queries of other columns', () => {
  const matrix = (columns: number) => sparseFromDense(new Float32Array(columns).fill(1), 1, columns);
  expect(() => rankDocuments(matrix(3), matrix(2), 10)).toThrow('queries have 3 columns; expected 2');
});

import { expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import type { SparseMatrix } from './sparse-matrix.js';

const matrix = (changes: Partial<SparseMatrix>): SparseMatrix => ({
  rows: 2,
  columns: 5,
  indptr: Uint32Array.of(0, 2, 3),
  indices: Uint32Array.of(1, 4, 0),
  values: Float32Array.of(0.5, -1, 2),
  ...changes,
});

it('takes a good matrix, and one without rows or columns', () => {
  const nothing = { indptr: Uint32Array.of(0), indices: new Uint32Array(), values: new Float32Array() };
  expect(() => checkSparseMatrix(matrix({}))).not.toThrow();
  expect(() => checkSparseMatrix({ rows: 0, columns: 0, ...nothing })).not.toThrow();
});

it.each<[string, Partial<SparseMatrix>]>([
  ['the query has -1 rows; expected a whole number', { rows: -1 }],
  ['the query has 1.5 columns; expected a whole number', { columns: 1.5 }],
  ['of 2 rows has an indptr of 2 entries; expected 3', { indptr: Uint32Array.of(0, 3) }],
  ['3 indices and 2 values', { values: Float32Array.of(1, 2) }],
  ['indptr that begins with 1; expected 0', { indptr: Uint32Array.of(1, 2, 3) }],
  ['ends row 0 at 4, beyond the 3 indices', { indptr: Uint32Array.of(0, 4, 3) }],
  ['ends row 1 at 1, before its start at 2', { rows: 3, indptr: Uint32Array.of(0, 2, 1, 3) }],
  ['has an array as indices; expected a Uint32Array', { indices: [1, 4, 0] as unknown as Uint32Array }],
  ['has 3 indices, but its indptr ends with 2', { indptr: Uint32Array.of(0, 2, 2) }],
  ['row 1, position 2: index 5 is out of range; expected below 5', { indices: Uint32Array.of(1, 4, 5) }],
  ['row 0, position 1: index 1 occurs twice', { indices: Uint32Array.of(1, 1, 0) }],
  ['row 0, position 1: index 1 comes after 4', { indices: Uint32Array.of(4, 1, 0) }],
  ['row 1, position 2: index 0 has the value 0', { values: Float32Array.of(1, 1, -0) }],
  ['row 0, position 0: index 1 has the value NaN', { values: Float32Array.of(NaN, 1, 1) }],
  ['row 0, position 1: index 4 has the value Infinity', { values: Float32Array.of(1, Infinity, 1) }],
])('refuses: %s', (message, changes) => {
  const check = (): void => checkSparseMatrix(matrix(changes), 'the query');
  expect(check).toThrow(InputError);
  expect(check).toThrow(message);
});

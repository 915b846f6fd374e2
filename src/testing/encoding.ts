import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { rowOf, type SparseRow } from '../sparse/row.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { MODELS } from './files/damaged-model.js';

/** Texts of several lengths, one of them empty. */
export const TEXTS = [
  'a painter of houses and walls',
  'dog',
  '',
  'the building that was built for the people who were to live in it, many years ago',
  'a tree',
  'water runs',
  'someone who writes books',
];

/** Opens a tiny model, or the model in a folder. It is disposed of when the test ends. */
export async function openModel(name: string, folder = join(MODELS, name)): Promise<SparseEncoder> {
  const model = await SparseEncoder.load(folder);
  onTestFinished(() => model.dispose());
  return model;
}

export const rows = (matrix: SparseMatrix): SparseRow[] =>
  Array.from({ length: matrix.rows }, (_, row) => rowOf(matrix, row));

/** The largest difference between two weights; infinite if the terms differ. */
export function distance(actual: readonly SparseRow[], expected: readonly SparseRow[]): number {
  if (actual.length !== expected.length) return Infinity;
  const differences = actual.flatMap(({ indices, values }, row) => {
    const other = expected[row];
    if (other?.indices.join() !== indices.join()) return [Infinity];
    return Array.from(values, (value, place) => Math.abs(value - (other.values[place] ?? NaN)));
  });
  return Math.max(0, ...differences);
}

/** Allowance for rounding with another batch or engine. The weights are of order 1. */
export const ROUNDING = 1e-5;

export async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

export async function collect(rowsComing: AsyncIterable<SparseRow>): Promise<SparseRow[]> {
  const found: SparseRow[] = [];
  for await (const row of rowsComing) found.push(row);
  return found;
}

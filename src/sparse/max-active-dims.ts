import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { GrowingEntries } from './growing-entries.js';
import { rowAt, type SparseRow } from './row.js';
import type { SparseMatrix } from './sparse-matrix.js';

/**
 * Keeps the `maxActiveDims` largest values of each row by absolute value. Of equal values, those with the lowest
 * indices stay (the reference leaves this to chance).
 *
 * @throws InputError if `maxActiveDims` is not a whole number above 0, or the matrix is invalid
 */
export function keepMaxActiveDims(matrix: SparseMatrix, maxActiveDims: number): SparseMatrix {
  if (!(Number.isInteger(maxActiveDims) && maxActiveDims > 0)) {
    throw new InputError(`maxActiveDims is ${describe(maxActiveDims)}; expected a whole number above 0`);
  }
  checkSparseMatrix(matrix);
  const entries = new GrowingEntries(Math.min(matrix.indices.length, matrix.rows * maxActiveDims));
  const indptr = new Uint32Array(matrix.rows + 1);
  for (let row = 0; row < matrix.rows; row++) {
    appendLargest(entries, rowAt(matrix, row), maxActiveDims);
    indptr[row + 1] = entries.length;
  }
  return { rows: matrix.rows, columns: matrix.columns, indptr, ...entries.finish() };
}

function appendLargest(entries: GrowingEntries, { indices, values }: SparseRow, count: number): void {
  const magnitudes = values.map(Math.abs);
  const descending = magnitudes.toSorted((a, b) => b - a);
  // Keeps every value above the smallest one to keep, and as many equal to it as fit.
  const smallest = descending[count - 1] ?? 0;
  let equal = count - (smallest === 0 ? 0 : descending.indexOf(smallest));
  for (const [position, magnitude] of magnitudes.entries()) {
    if (magnitude < smallest || (magnitude === smallest && equal-- <= 0)) continue;
    entries.indices[entries.length] = indices[position] as number;
    entries.values[entries.length++] = values[position] as number;
  }
}

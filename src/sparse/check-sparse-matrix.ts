import { InputError } from '../errors.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** indptr and indices are whole numbers of 32 bits. */
const MAX_SIZE = 2 ** 32 - 1;

/**
 * Requires what `SparseMatrix` promises: for matrices that come from elsewhere than this package's functions, which
 * read the arrays without looking twice. `name` is what the messages call the matrix.
 *
 * @throws InputError naming the row and the position in `indices` and `values`
 */
export function checkSparseMatrix(matrix: SparseMatrix, name = 'the matrix'): void {
  checkSizes(matrix, name);
  checkIndptr(matrix, name);
  for (let row = 0; row < matrix.rows; row++) checkRow(matrix, row, name);
}

function checkSizes({ rows, columns, indptr, indices, values }: SparseMatrix, name: string): void {
  for (const [what, size] of Object.entries({ rows, columns })) {
    if (!(Number.isInteger(size) && size >= 0 && size <= MAX_SIZE)) {
      throw new InputError(`${name} has ${size} ${what}; expected a whole number from 0 to ${MAX_SIZE}`);
    }
  }
  if (indptr.length !== rows + 1) {
    throw new InputError(
      `${name} of ${rows} rows has an indptr of ${indptr.length} entries; expected ${rows + 1}`,
    );
  }
  if (indices.length !== values.length) {
    throw new InputError(
      `${name} has ${indices.length} indices and ${values.length} values; expected as many`,
    );
  }
}

function checkIndptr({ rows, indptr, indices }: SparseMatrix, name: string): void {
  if (indptr[0] !== 0)
    throw new InputError(`${name} has an indptr that begins with ${indptr[0]}; expected 0`);
  for (let row = 0; row < rows; row++) {
    const begin = indptr[row] as number;
    const end = indptr[row + 1] as number;
    if (end < begin) {
      throw new InputError(`${name} ends row ${row} at ${end}, before its begin at ${begin} (indptr)`);
    }
  }
  if (indptr[rows] !== indices.length) {
    throw new InputError(
      `${name} has ${indices.length} indices, but its indptr ends with ${indptr[rows]}; expected the same`,
    );
  }
}

function checkRow({ columns, indptr, indices, values }: SparseMatrix, row: number, name: string): void {
  let previous = -1;
  for (let position = indptr[row] as number; position < (indptr[row + 1] as number); position++) {
    const index = indices[position] as number;
    const value = values[position] as number;
    if (index <= previous || index >= columns || value === 0 || !Number.isFinite(value)) {
      const reason = entryFault(index, value, previous, columns);
      throw new InputError(`${name}, row ${row}, position ${position}: index ${index} ${reason}`);
    }
    previous = index;
  }
}

function entryFault(index: number, value: number, previous: number, columns: number): string {
  if (index >= columns) return `is out of range; expected below ${columns}`;
  if (index === previous) return 'is there twice; expected each once';
  if (index < previous) return `comes after ${previous}; expected ascending indices`;
  return `has the value ${value}; expected a finite one other than 0`;
}

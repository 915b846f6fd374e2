import { aString, checkArguments } from '../arguments.js';
import { counted } from '../counted.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { RowError } from './row-error.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** indptr and indices are 32-bit integers. */
const MAX_SIZE = 2 ** 32 - 1;

/**
 * Checks the promises of `SparseMatrix`. Every public function that takes a matrix calls this for all rows, or for the
 * rows that it reads. Afterwards nothing checks the arrays again.
 *
 * @param name the name of the matrix in messages
 * @throws InputError that names the row and the position in `indices` and `values`
 */
export function checkSparseMatrix(matrix: SparseMatrix, name = 'the matrix'): void {
  checkArguments('checkSparseMatrix', { name: aString }, { name });
  checkShape(matrix, name);
  checkRows(matrix, 0, matrix.rows, name);
}

/**
 * Checks everything that needs no walk through the rows: types and lengths of the arrays, and both ends of indptr.
 *
 * @throws InputError
 */
export function checkShape(matrix: SparseMatrix, name = 'the matrix'): void {
  checkArrays(matrix, name);
  const { rows, columns, indptr, indices, values } = matrix;
  for (const [what, size] of Object.entries({ rows, columns })) checkSize(size, what, name);
  if (indptr.length !== rows + 1) {
    throw new InputError(
      `${name} of ${counted(rows, 'row')} has an indptr of ${counted(indptr.length, 'entry', 'entries')}; expected ${rows + 1}`,
    );
  }
  if (indices.length !== values.length) {
    throw new InputError(
      `${name} has ${counted(indices.length, 'index', 'indices')} and ${counted(values.length, 'value')}; expected equal numbers`,
    );
  }
  if (indptr[0] !== 0) {
    throw new InputError(`${name} has an indptr that begins with ${indptr[0]}; expected 0`);
  }
  if (indptr[rows] !== indices.length) {
    throw new InputError(
      `${name} has ${counted(indices.length, 'index', 'indices')}, but its indptr ends with ${indptr[rows]}; expected the same`,
    );
  }
}

/**
 * Checks rows `begin` to `end` - 1 of a matrix whose shape was checked.
 *
 * @throws InputError
 */
export function checkRows(matrix: SparseMatrix, begin: number, end: number, name = 'the matrix'): void {
  const { columns, indptr, indices, values } = matrix;
  for (let row = begin; row < end; row++) {
    const first = indptr[row] as number;
    const last = indptr[row + 1] as number;
    if (last < first || last > indices.length) {
      const bound =
        last < first
          ? `before its start at ${first}`
          : `beyond the ${counted(indices.length, 'index', 'indices')}`;
      throw new InputError(`${name} ends row ${row} at ${last}, ${bound} (indptr)`);
    }
    const fault = entriesFault(indices, values, { first, last, columns });
    if (fault !== undefined) throw new RowError(row, fault, { name });
  }
}

/** @throws InputError if no matrix can have this number of rows or columns */
export function checkSize(size: unknown, what: string, name: string): void {
  if (Number.isInteger(size) && (size as number) >= 0 && (size as number) <= MAX_SIZE) return;
  throw new InputError(
    `${name} has ${describe(size)} ${what}; expected a whole number from 0 to ${MAX_SIZE}`,
  );
}

/** Describes the first entry that is out of range, out of order, not finite or 0; undefined if there is none. */
export function entriesFault(
  indices: Uint32Array,
  values: Float32Array,
  { first, last, columns }: { readonly first: number; readonly last: number; readonly columns: number },
): string | undefined {
  let previous = -1;
  for (let position = first; position < last; position++) {
    const index = indices[position] as number;
    const value = values[position] as number;
    if (index <= previous || index >= columns || value === 0 || !Number.isFinite(value)) {
      return `position ${position}: index ${index} ${entryFault(index, value, previous, columns)}`;
    }
    previous = index;
  }
  return undefined;
}

/** JavaScript callers may pass what TypeScript would refuse: matrices from JSON, tensors, undefined. */
function checkArrays(matrix: unknown, name: string): void {
  if (typeof matrix !== 'object' || matrix === null) {
    throw new InputError(
      `${name} is ${describe(matrix)}; expected { rows, columns, indptr, indices, values }`,
    );
  }
  const { indptr, indices, values } = matrix as { readonly [K in keyof SparseMatrix]?: unknown };
  requireArray(indptr, Uint32Array, 'indptr', name);
  requireArray(indices, Uint32Array, 'indices', name);
  requireArray(values, Float32Array, 'values', name);
}

type ArrayKind = Float32ArrayConstructor | Uint32ArrayConstructor;

/** @throws InputError for an array of another type, whose bits or methods would be wrong */
export function requireArray(array: unknown, kind: ArrayKind, what: string, name: string): void {
  if (array instanceof kind) return;
  const given = Array.isArray(array) ? 'an array' : describe(array);
  throw new InputError(`${name} has ${given} as ${what}; expected a ${kind.name}`);
}

function entryFault(index: number, value: number, previous: number, columns: number): string {
  if (index >= columns) return `is out of range; expected below ${columns}`;
  if (index === previous) return 'occurs twice; expected each index once';
  if (index < previous) return `comes after ${previous}; expected ascending indices`;
  return `has the value ${value}; expected a finite one other than 0`;
}

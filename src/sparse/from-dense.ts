import { counted } from '../counted.js';
import { InputError } from '../errors.js';
import { checkSize, requireArray } from './check-sparse-matrix.js';
import { GrowingEntries } from './growing-entries.js';
import { RowError } from './row-error.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** Initial room for a row: SPLADE documents have 100 to 300 active dimensions. */
const EXPECTED_ENTRIES = 256;

/**
 * The entries of a row-major [rows, columns] array except 0 and -0.
 *
 * @throws InputError for another type or length, and for NaN and infinities; it names row and column
 */
export function sparseFromDense(data: Float32Array, rows: number, columns: number): SparseMatrix {
  requireArray(data, Float32Array, 'data', 'the matrix');
  checkSize(rows, 'rows', 'the matrix');
  checkSize(columns, 'columns', 'the matrix');
  if (data.length !== rows * columns) {
    throw new InputError(
      `${counted(data.length, 'value')} for [${rows}, ${columns}]; expected ${rows * columns}`,
    );
  }
  // Nearly all values are 0 and have zero bits, so this skips four at a time.
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const entries = new GrowingEntries(Math.min(data.length, rows * EXPECTED_ENTRIES));
  const indptr = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    appendRow(entries, data, bits, row, columns);
    indptr[row + 1] = entries.length;
  }
  return { rows, columns, indptr, ...entries.finish() };
}

function appendRow(
  entries: GrowingEntries,
  data: Float32Array,
  bits: Uint32Array,
  row: number,
  columns: number,
): void {
  const begin = row * columns;
  const end = begin + columns;
  for (let block = begin; block < end; block += 4) {
    // Past the end of the data, undefined counts as 0.
    const anyBit =
      (bits[block] as number) |
      (bits[block + 1] as number) |
      (bits[block + 2] as number) |
      (bits[block + 3] as number);
    if (anyBit === 0) continue;
    entries.reserve(4);
    for (let position = block; position < Math.min(block + 4, end); position++) {
      const value = data[position] as number;
      if (value === 0) continue;
      if (!Number.isFinite(value)) {
        throw new RowError(row, `column ${position - begin}: ${value}; expected a finite value`);
      }
      entries.indices[entries.length] = position - begin;
      entries.values[entries.length++] = value;
    }
  }
}

import { Breaks } from '../event-loop.js';
import { rowOf } from './row.js';
import { emptyMatrix } from './select-rows.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** The matrix and number of a row. */
export interface RowPlace {
  readonly matrix: SparseMatrix;
  readonly row: number;
}

/** Rows that are copied between two checks of the clock. */
const ROWS_AT_A_TIME = 256;

/** One matrix of rows from several matrices, in the given order. Other work of this thread can run meanwhile. */
export async function joinRows(places: readonly RowPlace[], columns: number): Promise<SparseMatrix> {
  const joined = emptyMatrix(places.length, columns, entriesOf(places));
  let entry = 0;
  const breaks = new Breaks();
  for (const [index, { matrix, row }] of places.entries()) {
    const { indices, values } = rowOf(matrix, row);
    joined.indices.set(indices, entry);
    joined.values.set(values, entry);
    entry += indices.length;
    joined.indptr[index + 1] = entry;
    if (index % ROWS_AT_A_TIME === 0) await breaks.take();
  }
  return joined;
}

function entriesOf(places: readonly RowPlace[]): number {
  return places.reduce(
    (sum, { matrix, row }) => sum + (matrix.indptr[row + 1] as number) - (matrix.indptr[row] as number),
    0,
  );
}

import type { SparseIndex } from '../sparse/search/sparse-index.js';
import { sliceRows } from '../sparse/select-rows.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';

/** Queries that are timed. */
const MOST_TIMED = 200;
const RUNS = 3;
/** Queries that are searched before, so that the code is compiled. */
const WARM_UP = 50;

/**
 * Milliseconds to find the k best documents of one query on one core, in ascending order: of each query the fastest of
 * three searches, so that a busy moment of the machine does not count.
 */
export function searchTimes(index: SparseIndex, queries: SparseMatrix, k: number): Float64Array {
  const count = Math.min(MOST_TIMED, queries.rows);
  index.search(sliceRows(queries, 0, Math.min(WARM_UP, count)), k);
  return Float64Array.from({ length: count }, (_, row) => {
    const query = sliceRows(queries, row, row + 1);
    let fastest = Infinity;
    for (let run = 0; run < RUNS; run++) {
      const begin = performance.now();
      index.search(query, k);
      fastest = Math.min(fastest, performance.now() - begin);
    }
    return fastest;
  }).toSorted();
}

/** The time that a share of the queries does not exceed; 0 if none was timed. */
export const timeAt = (times: Float64Array, share: number): number =>
  times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;

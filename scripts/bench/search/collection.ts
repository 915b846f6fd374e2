import type { SparseMatrix } from '../../../src/sparse/sparse-matrix.js';

const DOCUMENT_SEED = 1;
const QUERY_SEED = 777_777_777;
/** Size of the table that maps equal chances to Zipf's law. */
const QUANTILE_BITS = 20;

/**
 * Rows `begin` to `end` of a collection whose terms follow Zipf's law and whose weights are uniform in (0, 3]. Only
 * integers decide, so that `collection` in reference.py makes the same.
 */
export function collection(
  kind: 'documents' | 'queries',
  begin: number,
  end: number,
  draws: number,
  dimensions: number,
): SparseMatrix {
  const seed = kind === 'documents' ? DOCUMENT_SEED : QUERY_SEED;
  const termOfQuantile = zipfTable(dimensions);
  const rows = end - begin;
  const indptr = new Uint32Array(rows + 1);
  const indices = new Uint32Array(rows * draws);
  const values = new Float32Array(rows * draws);
  const drawn = new Uint16Array(draws);
  let entries = 0;
  for (let row = 0; row < rows; row++) {
    const first = (begin + row) * draws + seed;
    for (let i = 0; i < draws; i++) {
      drawn[i] = termOfQuantile[hash(first + i) >>> (32 - QUANTILE_BITS)] as number;
    }
    drawn.sort();
    let previous = -1;
    for (const term of drawn) {
      if (term === previous) continue;
      previous = term;
      indices[entries] = term;
      values[entries++] = (((hash(first + 65_537 * term) >>> 8) + 1) / 2 ** 24) * 3;
    }
    indptr[row + 1] = entries;
  }
  return {
    rows,
    columns: dimensions,
    indptr,
    indices: indices.slice(0, entries),
    values: values.slice(0, entries),
  };
}

/** For each of 2^20 equal chances its term: term r has a share of 1 / (r + 1). */
function zipfTable(dimensions: number): Uint16Array {
  let total = 0;
  for (let term = 0; term < dimensions; term++) total += 1 / (term + 1);
  const table = new Uint16Array(2 ** QUANTILE_BITS);
  let term = 0;
  let cumulative = 1;
  for (let quantile = 0; quantile < table.length; quantile++) {
    const at = ((quantile + 0.5) / table.length) * total;
    while (term < dimensions - 1 && cumulative <= at) cumulative += 1 / (++term + 1);
    table[quantile] = term;
  }
  return table;
}

/** Mixes the lowest 32 bits of an integer (the lowbias32 function of Chris Wellons). */
function hash(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

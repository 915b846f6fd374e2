import { normalizeRows } from '../../sparse/normalize-rows.js';
import { SparseIndex } from '../../sparse/search/sparse-index.js';
import { sliceRows } from '../../sparse/select-rows.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';

/** What a search costs, measured on the index of the corpus. */
export interface SearchCosts {
  readonly indexBytes: number;
  /** Milliseconds for the 10 best documents of one query. */
  readonly medianMs: number;
  readonly p95Ms: number;
}

const K = 10;
/** Queries that are timed; the first of them are searched before, so that the code is compiled. */
const MOST_QUERIES = 500;
const WARM_UP = 20;

/** Builds the index of a corpus and searches it query by query, by dot product or by cosine. */
export async function searchCosts(
  queries: SparseMatrix,
  documents: readonly SparseMatrix[],
  isCosine: boolean,
): Promise<SearchCosts> {
  const prepared = isCosine ? documents.map(normalizeRows) : documents;
  const index = await SparseIndex.fromStream(prepared, queries.columns);
  const timed = Math.min(queries.rows, MOST_QUERIES);
  const rows = Array.from({ length: timed }, (_, row) => {
    const query = sliceRows(queries, row, row + 1);
    return isCosine ? normalizeRows(query) : query;
  });
  for (const query of rows.slice(0, WARM_UP)) index.search(query, K);
  const times = Float64Array.from(rows, (query) => {
    const begin = performance.now();
    index.search(query, K);
    return performance.now() - begin;
  }).toSorted();
  const at = (share: number): number => times[Math.min(timed - 1, Math.floor(share * timed))] ?? 0;
  const indexBytes = index.blocks.reduce(
    (sum, { indptr, members, values }) => sum + indptr.byteLength + members.byteLength + values.byteLength,
    0,
  );
  return { indexBytes, medianMs: at(0.5), p95Ms: at(0.95) };
}

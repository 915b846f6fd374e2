import { searchTimes, timeAt } from '../../evaluators/search-times.js';
import { normalizeRows } from '../../sparse/normalize-rows.js';
import { SparseIndex } from '../../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';

/** What a search costs, measured on the index of the corpus. */
export interface SearchCosts {
  readonly indexBytes: number;
  /** Milliseconds for the 10 best documents of one query. */
  readonly medianMs: number;
  readonly p95Ms: number;
}

const K = 10;

/** Builds the index of a corpus and searches it query by query, by dot product or by cosine. */
export async function searchCosts(
  queries: SparseMatrix,
  documents: readonly SparseMatrix[],
  isCosine: boolean,
): Promise<SearchCosts> {
  const prepared = isCosine ? documents.map(normalizeRows) : documents;
  const index = await SparseIndex.fromStream(prepared, queries.columns);
  const times = searchTimes(index, isCosine ? normalizeRows(queries) : queries, K);
  const indexBytes = index.blocks.reduce(
    (sum, { indptr, members, values }) => sum + indptr.byteLength + members.byteLength + values.byteLength,
    0,
  );
  return { indexBytes, medianMs: timeAt(times, 0.5), p95Ms: timeAt(times, 0.95) };
}

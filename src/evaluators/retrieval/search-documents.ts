import { Breaks } from '../../event-loop.js';
import type { SimilarityName } from '../../features.js';
import { normalizeRows } from '../../sparse/normalize-rows.js';
import { SparseIndex, type SearchHits } from '../../sparse/search/sparse-index.js';
import { TopK } from '../../sparse/search/top-k.js';
import { sliceRows } from '../../sparse/select-rows.js';
import { sparseSimilarity } from '../../sparse/similarity.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';

/** Finds the k best documents of each query; of equal scores the lower number is better. */
type Search = (queries: SparseMatrix, k: number) => SearchHits[];

/**
 * Exact search by each similarity function. Dot product and cosine take an inverted index; distances are compared with
 * every document.
 */
const SEARCHES: Readonly<Record<SimilarityName, (documents: SparseMatrix) => Search>> = {
  dot: byIndex,
  cosine(documents) {
    const search = byIndex(normalizeRows(documents));
    return (queries, k) => search(normalizeRows(queries), k);
  },
  euclidean: byComparison('euclidean'),
  manhattan: byComparison('manhattan'),
};

function byIndex(documents: SparseMatrix): Search {
  const index = SparseIndex.fromMatrix(documents);
  return (queries, k) => index.search(queries, k);
}

function byComparison(name: SimilarityName): (documents: SparseMatrix) => Search {
  return (documents) => (queries, k) =>
    Array.from({ length: queries.rows }, (_, row) => {
      const best = new TopK(k, documents.rows);
      const scores = sparseSimilarity(name, sliceRows(queries, row, row + 1), documents);
      for (const [document, score] of scores.entries()) {
        if (score > best.threshold) best.add(score, document);
      }
      return best.finish();
    });
}

/** Queries that are searched between two checks of the clock. */
const QUERIES_AT_A_TIME = 16;

/** Searches a part of the corpus. Other work of this thread can run meanwhile. */
export async function searchDocuments(
  documents: SparseMatrix,
  queries: SparseMatrix,
  { similarity, k }: { readonly similarity: SimilarityName; readonly k: number },
): Promise<SearchHits[]> {
  const search = SEARCHES[similarity](documents);
  const hits: SearchHits[] = [];
  const breaks = new Breaks();
  for (let begin = 0; begin < queries.rows; begin += QUERIES_AT_A_TIME) {
    const end = Math.min(queries.rows, begin + QUERIES_AT_A_TIME);
    hits.push(...search(sliceRows(queries, begin, end), k));
    await breaks.take();
  }
  return hits;
}

import type { SearchHits } from '../../src/sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../src/sparse/sparse-matrix.js';

/** What is searched and what is asked; weights are not below 0. */
export interface Collection {
  readonly documents: SparseMatrix;
  readonly queries: SparseMatrix;
}

export interface SearchTask extends Collection {
  /** Most hits of a query. */
  readonly k: number;
  /** An empty folder of the engine's own, removed afterwards. */
  readonly folder: string;
  /** A Python interpreter with pip, for engines that come from PyPI. */
  readonly python: string;
  readonly log: (line: string) => void;
}

export interface SearchResult {
  /** The hits of each query; documents by their row. */
  readonly hits: readonly SearchHits[];
  /** Time of storing and indexing all documents, without the start of the engine unless it says otherwise. */
  readonly indexSeconds: number;
  readonly queriesPerSecond: number;
}

/** A search engine, fed with embeddings in a format of this package. */
export interface SearchEngine {
  /** Name and version. */
  readonly title: string;
  /** Packages of PyPI, installed on first use: names of `packageFolder`. */
  readonly packages: readonly string[];
  /** Size of these packages on disk. */
  readonly megabytes: number;
  /** What it stores instead of weights in float32. The ranking of these weights is what it is held against. */
  readonly stored?: { readonly title: string; readonly of: (matrix: SparseMatrix) => SparseMatrix };
  search(task: SearchTask): Promise<SearchResult>;
}

/** An engine refused what it was fed, or gave an answer that cannot be read. */
export class SearchEngineError extends Error {
  override readonly name = 'SearchEngineError';
}

/** One query's hits as `SearchHits`. */
export function searchHits(hits: readonly (readonly [document: number, score: number])[]): SearchHits {
  return {
    documents: Uint32Array.from(hits, ([document]) => document),
    scores: Float64Array.from(hits, ([, score]) => score),
  };
}

export async function secondsOf(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return (performance.now() - begin) / 1000;
}

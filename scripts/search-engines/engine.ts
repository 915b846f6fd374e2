import type { SearchHits } from '../../src/sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../src/sparse/sparse-matrix.js';

/** The documents and queries; no weight is below 0. */
export interface Collection {
  readonly documents: SparseMatrix;
  readonly queries: SparseMatrix;
}

export interface SearchTask extends Collection {
  /** The most hits of a query. */
  readonly k: number;
  /** An empty folder for the engine, removed afterwards. */
  readonly folder: string;
  /** A Python interpreter with pip, for engines that come from PyPI. */
  readonly python: string;
  readonly log: (line: string) => void;
}

export interface SearchResult {
  /** The hits of each query; documents by their row. */
  readonly hits: readonly SearchHits[];
  /** Time for storing and indexing all documents, without the start of the engine unless stated otherwise. */
  readonly indexSeconds: number;
  readonly queriesPerSecond: number;
}

/** A search engine that receives embeddings in a format of this package. */
export interface SearchEngine {
  /** Name and version. */
  readonly title: string;
  /** Packages of PyPI, installed on first use: names for `packageFolder`. */
  readonly packages: readonly string[];
  /** Size of these packages on disk. */
  readonly megabytes: number;
  /** What it stores instead of float32 weights. Its results are compared with the ranking by these weights. */
  readonly stored?: { readonly title: string; readonly of: (matrix: SparseMatrix) => SparseMatrix };
  search(task: SearchTask): Promise<SearchResult>;
}

/** An engine refused its input, or gave an answer that cannot be parsed. */
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

import type { SearchEngine } from './engine.js';
import { lucene } from './lucene.js';
import { pglite } from './pglite.js';
import { qdrant } from './qdrant.js';

/** The engines by the names for the command line. */
export const SEARCH_ENGINES = { pglite, qdrant, lucene } as const satisfies Record<string, SearchEngine>;

export type SearchEngineName = keyof typeof SEARCH_ENGINES;

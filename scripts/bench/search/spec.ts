import { z } from 'zod';

const count = z.number().int().positive();

/** A collection of a given size, and the operation on it: the same on both sides. */
export const SearchCase = z.object({
  operation: z.enum(['build', 'search']),
  documents: count,
  queries: count,
  /** Hits of each query. */
  k: count,
  dimensions: count,
  /** Terms drawn for each document and query; repeated draws count once. */
  draws: z.object({ document: count, query: count }),
});

export type SearchCase = z.infer<typeof SearchCase>;

/** About 134 and 25 of these draws are distinct, as in SPLADE documents and queries. */
const COLLECTION = {
  queries: 100,
  dimensions: 30_522,
  draws: { document: 186, query: 28 },
} satisfies Partial<SearchCase>;

export function searchRows(quick: boolean): { name: string; spec: SearchCase }[] {
  const documents = quick ? 50_000 : 1_000_000;
  const size = documents.toLocaleString('en-US');
  const spec = { ...COLLECTION, documents };
  return [
    { name: `build the index of ${size} documents`, spec: { ...spec, operation: 'build', k: 1 } },
    ...[10, 1000].map((k) => ({
      name: `100 queries on ${size} documents, top ${k}`,
      spec: { ...spec, operation: 'search' as const, k },
    })),
  ];
}

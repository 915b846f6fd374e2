/** A term counts more often the more often it occurs, up to K1 + 1 times; B is how much a long document loses by its length. */
export const K1 = 1.2;
export const B = 0.75;

type Terms = readonly number[];

/**
 * The k best documents of each query by BM25, exactly:
 *
 *     score(q, d) = sum over terms t of q of idf(t) f (K1 + 1) / (f + K1 (1 - B + B length(d) / mean length)),
 *     idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5)),   f = how often t is in d, n = the documents that have t
 *
 * Documents without a term of the query are in no ranking.
 */
export function bm25Rankings(queries: readonly Terms[], documents: readonly Terms[], k: number): number[][] {
  const meanLength = documents.reduce((sum, { length }) => sum + length, 0) / documents.length;
  const postings = new Map<number, [document: number, count: number][]>();
  documents.forEach((terms, document) => {
    for (const [term, count] of countsOf(terms)) {
      const list = postings.get(term) ?? [];
      list.push([document, count]);
      postings.set(term, list);
    }
  });
  return queries.map((query) => {
    const scores = new Map<number, number>();
    for (const term of new Set(query)) {
      const found = postings.get(term) ?? [];
      const rarity = Math.log(1 + (documents.length - found.length + 0.5) / (found.length + 0.5));
      for (const [document, count] of found) {
        const length = documents[document]?.length ?? 0;
        const gain = (count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / meanLength));
        scores.set(document, (scores.get(document) ?? 0) + rarity * gain);
      }
    }
    const best = [...scores].toSorted(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b);
    return best.slice(0, k).map(([document]) => document);
  });
}

function countsOf(terms: Terms): Map<number, number> {
  const counts = new Map<number, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

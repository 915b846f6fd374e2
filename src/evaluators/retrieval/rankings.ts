import type { SearchHits } from '../../sparse/search/sparse-index.js';

/** The k best documents of each query over all parts of the corpus. Of equal scores the lower id is better. */
export class Rankings {
  readonly #k: number;
  readonly #ranks: Uint32Array;
  readonly #best: SearchHits[] = [];

  /** @param ranks the rank of each document among the ids in ascending order */
  constructor(queries: number, k: number, ranks: Uint32Array) {
    this.#k = k;
    this.#ranks = ranks;
    for (let query = 0; query < queries; query++) {
      this.#best.push({ documents: new Uint32Array(0), scores: new Float64Array(0) });
    }
  }

  /** The documents, by their numbers in the corpus, and their scores, the best first. */
  get best(): readonly SearchHits[] {
    return this.#best;
  }

  /**
   * Adds the hits of a part of the corpus.
   *
   * @param hits for each query, with numbers of documents within the part
   * @param numbers the documents of the part by their numbers in the corpus, in ascending order of their ids
   */
  add(hits: readonly SearchHits[], numbers: Uint32Array): void {
    for (const [query, { documents, scores }] of hits.entries()) {
      const own = { documents: documents.map((document) => numbers[document] as number), scores };
      this.#best[query] = this.#merged(this.#best[query] as SearchHits, own);
    }
  }

  #merged(a: SearchHits, b: SearchHits): SearchHits {
    const size = Math.min(this.#k, a.documents.length + b.documents.length);
    const merged = { documents: new Uint32Array(size), scores: new Float64Array(size) };
    let [i, j] = [0, 0];
    for (let place = 0; place < size; place++) {
      const isFromA = j >= b.documents.length || (i < a.documents.length && this.#isBetter(a, i, b, j));
      const [from, at] = isFromA ? [a, i++] : [b, j++];
      merged.documents[place] = from.documents[at] as number;
      merged.scores[place] = from.scores[at] as number;
    }
    return merged;
  }

  #isBetter(a: SearchHits, i: number, b: SearchHits, j: number): boolean {
    const difference = (a.scores[i] as number) - (b.scores[j] as number);
    if (difference !== 0) return difference > 0;
    return this.#rankOf(a, i) < this.#rankOf(b, j);
  }

  #rankOf({ documents }: SearchHits, place: number): number {
    return this.#ranks[documents[place] as number] as number;
  }
}

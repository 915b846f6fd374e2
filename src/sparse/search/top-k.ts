import { valueOfRank } from './select.js';

/** Room for this many times k candidates: it seldom fills up, and then all but the best go at once. */
const SPACE = 4;
const LEAST_SPACE = 64;

/**
 * The k best of scored documents that are offered by ascending number. Of equal scores the lower number is better.
 * Candidates are collected until the room is full; then only the k best stay.
 */
export class TopK {
  /** Only a higher score can still enter. */
  threshold = -Infinity;
  readonly #k: number;
  readonly #scores: Float64Array;
  readonly #documents: Uint32Array;
  #size = 0;

  /** @param documents the most documents that will be offered */
  constructor(k: number, documents: number) {
    const capacity = Math.min(documents, Math.max(SPACE * k, LEAST_SPACE));
    this.#k = k;
    this.#scores = new Float64Array(capacity);
    this.#documents = new Uint32Array(capacity);
  }

  /** `score` must be above the threshold. */
  add(score: number, document: number): void {
    this.#scores[this.#size] = score;
    this.#documents[this.#size++] = document;
    if (this.#size === this.#scores.length) this.#keepBest();
  }

  /** The best first. */
  finish(): { documents: Uint32Array; scores: Float64Array } {
    this.#keepBest();
    const descending = this.#scores.subarray(0, this.#size).toSorted().toReversed();
    const documents = new Uint32Array(this.#size);
    // Candidates are in the order of their numbers, so each goes to the next free position of its score.
    const taken = new Uint32Array(this.#size);
    for (let i = 0; i < this.#size; i++) {
      const first = firstPlaceOf(this.#scores[i] as number, descending);
      documents[first + (taken[first] as number)] = this.#documents[i] as number;
      taken[first] = (taken[first] as number) + 1;
    }
    return { documents, scores: descending };
  }

  #keepBest(): void {
    const [k, size, scores, documents] = [this.#k, this.#size, this.#scores, this.#documents];
    if (size <= k) return;
    const smallest = valueOfRank(scores.slice(0, size), size - k);
    let above = 0;
    for (let i = 0; i < size; i++) if ((scores[i] as number) > smallest) above++;
    // As many of those equal to the smallest are kept as fit, the first ones.
    let equal = k - above;
    let kept = 0;
    for (let i = 0; i < size; i++) {
      const score = scores[i] as number;
      if (score < smallest || (score === smallest && equal-- <= 0)) continue;
      scores[kept] = score;
      documents[kept++] = documents[i] as number;
    }
    this.#size = kept;
    this.threshold = smallest;
  }
}

function firstPlaceOf(score: number, descending: Float64Array): number {
  let low = 0;
  let high = descending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((descending[middle] as number) > score) low = middle + 1;
    else high = middle;
  }
  return low;
}

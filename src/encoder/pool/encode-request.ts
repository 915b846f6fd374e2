import { joinRows, type RowPlace } from '../../sparse/join-rows.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { TokenizerInput } from '../../tokenizer/tokenizer.js';
import type { EncodeMethod, JobOptions } from './messages.js';

/** A call of the pool: the texts still to be embedded, and the embeddings so far. */
export class EncodeRequest {
  readonly method: EncodeMethod;
  readonly options: JobOptions;
  /** Requests with equal keys may share a batch. */
  readonly key: string;
  readonly #texts: readonly TokenizerInput[];
  /** The waiting texts, by index: the longest first, so that a batch has texts of similar length. */
  readonly #order: number[];
  readonly #rows: RowPlace[];
  #missing: number;
  #taken = 0;

  constructor(method: EncodeMethod, texts: readonly TokenizerInput[], options: JobOptions) {
    this.method = method;
    this.options = options;
    this.key = `${method} ${JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
    this.#texts = texts;
    const lengths = texts.map((text) =>
      typeof text === 'string' ? text.length : text[0].length + text[1].length,
    );
    this.#order = texts.map((_, index) => index).toSorted((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
    this.#rows = Array.from({ length: texts.length });
    this.#missing = texts.length;
  }

  /** The number of texts that no job has taken. */
  get waiting(): number {
    return this.#order.length - this.#taken;
  }

  get isComplete(): boolean {
    return this.#missing === 0;
  }

  /** Removes and returns the indices of at most `count` waiting texts. */
  take(count: number): readonly number[] {
    const taken = this.#order.slice(this.#taken, this.#taken + count);
    this.#taken += taken.length;
    return taken;
  }

  textAt(index: number): TokenizerInput {
    return this.#texts[index] as TokenizerInput;
  }

  /** @param row the row of the matrix with the embedding of the text at this index */
  put(index: number, matrix: SparseMatrix, row: number): void {
    this.#rows[index] = { matrix, row };
    this.#missing--;
  }

  /** The embeddings in the order of the texts. */
  embeddings(): Promise<SparseMatrix> {
    return joinRows(this.#rows, this.#rows[0]?.matrix.columns ?? 0);
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { rowOf } from '../../sparse/row.js';
import { emptyMatrix } from '../../sparse/select-rows.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { TokenizerInput } from '../../tokenizer/tokenizer.js';
import type { EncodeMethod, JobOptions } from './messages.js';

/** Rows that are copied between two looks at the clock, and how long copying may keep the event loop. */
const ROWS_AT_A_TIME = 256;
const LONGEST_BLOCK_MS = 5;

interface Row {
  readonly matrix: SparseMatrix;
  readonly row: number;
}

/** A call of the pool: the texts that are still to be embedded, and the embeddings that have come. */
export class EncodeRequest {
  readonly method: EncodeMethod;
  readonly options: JobOptions;
  /** Requests of equal keys may share a batch. */
  readonly key: string;
  readonly #texts: readonly TokenizerInput[];
  /** The texts that wait, by their indices: the longest first, so that a batch has texts of similar length. */
  readonly #order: number[];
  readonly #rows: (Row | undefined)[];
  #missing: number;
  #taken = 0;
  #columns = 0;
  #entries = 0;

  constructor(method: EncodeMethod, texts: readonly TokenizerInput[], options: JobOptions) {
    this.method = method;
    this.options = options;
    this.key = `${method} ${JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
    this.#texts = texts;
    const lengths = texts.map((text) =>
      typeof text === 'string' ? text.length : text[0].length + text[1].length,
    );
    this.#order = texts.map((_, index) => index).toSorted((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
    this.#rows = texts.map(() => undefined);
    this.#missing = texts.length;
  }

  /** Number of texts that no job has taken. */
  get waiting(): number {
    return this.#order.length - this.#taken;
  }

  get isComplete(): boolean {
    return this.#missing === 0;
  }

  /** Indices of at most `count` waiting texts, which wait no longer. */
  take(count: number): readonly number[] {
    const taken = this.#order.slice(this.#taken, this.#taken + count);
    this.#taken += taken.length;
    return taken;
  }

  textAt(index: number): TokenizerInput {
    return this.#texts[index] as TokenizerInput;
  }

  /** @param row of the matrix, the embedding of the text with this index */
  put(index: number, matrix: SparseMatrix, row: number): void {
    this.#rows[index] = { matrix, row };
    this.#columns = matrix.columns;
    this.#entries += rowOf(matrix, row).indices.length;
    this.#missing--;
  }

  /** The embeddings in the order of the texts. Lets other work go on meanwhile. */
  async embeddings(): Promise<SparseMatrix> {
    const rows = this.#rows as readonly Row[];
    const joined = emptyMatrix(rows.length, this.#columns, this.#entries);
    let entry = 0;
    let since = performance.now();
    for (const [index, { matrix, row }] of rows.entries()) {
      const { indices, values } = rowOf(matrix, row);
      joined.indices.set(indices, entry);
      joined.values.set(values, entry);
      entry += indices.length;
      joined.indptr[index + 1] = entry;
      if (index % ROWS_AT_A_TIME === 0 && performance.now() - since > LONGEST_BLOCK_MS) {
        await nextTurn();
        since = performance.now();
      }
    }
    return joined;
  }
}

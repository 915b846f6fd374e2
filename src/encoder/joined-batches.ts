import type { Lifetime } from '../lifetime.js';
import { sliceRows } from '../sparse/select-rows.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import type { BatchFacts, Embedder, TokenBatch } from './inference.js';

/** A text in the form that the model takes. */
export interface TokenizedText {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
  readonly isCut?: boolean;
}

/** How the texts of a call form batches. */
export interface Batching {
  readonly facts: BatchFacts;
  /** The most texts of a batch. */
  readonly batchSize: number;
  readonly pad: (texts: readonly TokenizedText[]) => TokenBatch;
  /** A batch that has not begun when the signal aborts is not computed. */
  readonly signal?: AbortSignal;
}

interface Request {
  readonly texts: readonly TokenizedText[];
  readonly batching: Batching;
  /** Requests with equal keys may share a batch. */
  readonly key: string | symbol;
  readonly resolve: (embeddings: SparseMatrix) => void;
  readonly reject: (error: unknown) => void;
}

/** Computes embeddings batch by batch. */
export interface Batches {
  /** One row for each text, in order. */
  embed(texts: readonly TokenizedText[], batching: Batching): Promise<SparseMatrix>;
}

/** Batches of an object that may be disposed between two of them. Later batches are then refused. */
export function whileAlive(batches: Batches, lifetime: Lifetime): Batches {
  return {
    embed: (texts, batching) => lifetime.use('encodeStream', () => batches.embed(texts, batching)),
  };
}

/** The embeddings of one batch are extracted while the next one is computed. */
const AT_ONCE = 2;

/**
 * Computes batches in the order of their arrival. Waiting requests share a batch, so many calls with one text each take
 * hardly longer than one call with many texts.
 */
export class JoinedBatches implements Batches {
  readonly #embedder: Embedder;
  #waiting: Request[] = [];
  #running = 0;

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  embed(texts: readonly TokenizedText[], batching: Batching): Promise<SparseMatrix> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ texts, batching, key: keyOf(batching.facts), resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    this.#dropAborted();
    while (this.#running < AT_ONCE && this.#waiting.length > 0) void this.#run(this.#take());
  }

  #dropAborted(): void {
    const aborted = this.#waiting.filter(({ batching }) => batching.signal?.aborted === true);
    if (aborted.length === 0) return;
    this.#waiting = this.#waiting.filter((request) => !aborted.includes(request));
    for (const { reject, batching } of aborted) reject(batching.signal?.reason);
  }

  /** Removes the request that waits longest, and those that fit into a batch with it. */
  #take(): Request[] {
    const [first] = this.#waiting;
    let texts = 0;
    const taken = this.#waiting.filter((request) => {
      const size = texts + request.texts.length;
      const fits =
        request === first ||
        (request.key === first?.key &&
          size <= request.batching.batchSize &&
          size <= first.batching.batchSize);
      if (fits) texts = size;
      return fits;
    });
    this.#waiting = this.#waiting.filter((request) => !taken.includes(request));
    return taken;
  }

  async #run(requests: readonly Request[]): Promise<void> {
    this.#running++;
    try {
      const { pad, facts } = (requests[0] as Request).batching;
      const matrix = await this.#embedder.embed(pad(requests.flatMap(({ texts }) => texts)), facts);
      let row = 0;
      for (const { texts, resolve } of requests) resolve(sliceRows(matrix, row, (row += texts.length)));
    } catch (error) {
      // The texts of one call must not fail because of another.
      if (requests.length === 1) requests[0]?.reject(error);
      else for (const request of requests) await this.#run([request]);
    } finally {
      this.#running--;
      this.#start();
    }
  }
}

/** Arguments of modules may depend on the call, so such a batch is never shared. */
function keyOf(facts: BatchFacts): string | symbol {
  return facts.moduleKwargs === undefined ? JSON.stringify(facts) : Symbol('not shared');
}

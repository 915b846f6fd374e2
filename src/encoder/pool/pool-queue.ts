import { EmbeddingError } from '../../errors.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { EncodeRequest } from './encode-request.js';
import type { EncodingThread } from './encoding-thread.js';

interface Waiting {
  readonly request: EncodeRequest;
  /** Called with the number of further texts that are embedded. */
  readonly onBatch: (texts: number) => void;
  readonly resolve: (embeddings: Promise<SparseMatrix>) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

/** Texts of one or several requests that go through the model together. */
type Batch = readonly { readonly waiting: Waiting; readonly indices: readonly number[] }[];

export interface Batching {
  readonly maxBatch: number;
  readonly maxWaitMs: number;
}

/**
 * Distributes the texts of requests to threads, a batch at a time. Requests take turns, so a long one does not block
 * others.
 */
export class PoolQueue {
  readonly #batching: Batching;
  readonly #threads: readonly EncodingThread[];
  #requests: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;

  constructor(threads: readonly EncodingThread[], batching: Batching) {
    this.#threads = threads;
    this.#batching = batching;
  }

  embed(
    request: EncodeRequest,
    onBatch: (texts: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<SparseMatrix> {
    return new Promise<SparseMatrix>((resolve, reject) => {
      const abort = (): void => end(signal?.reason);
      const end = (error: unknown): void => {
        this.#requests = this.#requests.filter((each) => each !== waiting);
        signal?.removeEventListener('abort', abort);
        reject(error);
      };
      const finish = (embeddings: Promise<SparseMatrix>): void => {
        signal?.removeEventListener('abort', abort);
        resolve(embeddings);
      };
      const waiting: Waiting = { request, onBatch, resolve: finish, reject: end, since: performance.now() };
      signal?.addEventListener('abort', abort, { once: true });
      this.#requests.push(waiting);
      this.#schedule();
    });
  }

  async terminate(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  /** Runs after this turn of the event loop, in which more calls may arrive. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#shareOut();
    });
  }

  #shareOut(): void {
    clearTimeout(this.#timer);
    const working = this.#threads.filter(({ failure }) => failure === undefined);
    if (working.length === 0) {
      for (const { reject } of this.#requests) reject(this.#threads[0]?.failure);
      return;
    }
    for (const thread of working) {
      // A second, full batch waits in the thread, so that it has no pause between two batches.
      while (thread.running < 2 && this.#requests.length > 0) {
        const isFree = thread.running === 0;
        const missing = this.#timeToWait();
        if (!this.#isFull() && (!isFree || missing > 0)) {
          if (isFree) this.#timer = setTimeout(() => this.#shareOut(), missing);
          break;
        }
        void this.#run(thread, this.#nextBatch());
      }
    }
  }

  /** How many more milliseconds the oldest text may wait for a batch to fill. */
  #timeToWait(): number {
    const oldest = Math.min(...this.#requests.map(({ since }) => since));
    return oldest + this.#batching.maxWaitMs - performance.now();
  }

  /** Whether the texts that can join the first request fill a batch. */
  #isFull(): boolean {
    return this.#joined().reduce((sum, { request }) => sum + request.waiting, 0) >= this.#batching.maxBatch;
  }

  /** The first request and those that may share a batch with it. */
  #joined(): Waiting[] {
    const key = this.#requests[0]?.request.key;
    return this.#requests.filter(({ request }) => request.key === key);
  }

  #nextBatch(): Batch {
    let room = this.#batching.maxBatch;
    const batch = this.#joined().flatMap((waiting) => {
      const indices = waiting.request.take(room);
      room -= indices.length;
      return indices.length > 0 ? [{ waiting, indices }] : [];
    });
    const served = new Set(batch.map(({ waiting }) => waiting));
    const rest = this.#requests.filter((each) => !served.has(each));
    this.#requests = [...rest, ...[...served].filter(({ request }) => request.waiting > 0)];
    return batch;
  }

  async #run(thread: EncodingThread, batch: Batch): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const { method, options } = first.waiting.request;
    const texts = batch.flatMap(({ waiting, indices }) =>
      indices.map((index) => waiting.request.textAt(index)),
    );
    try {
      this.#deliver(batch, await thread.run({ method, options, texts }));
    } catch (error) {
      // The texts of one request must not fail because of another.
      if (batch.length > 1 && thread.failure === undefined) {
        for (const part of batch) void this.#run(thread, [part]);
      } else {
        for (const { waiting, indices } of batch) waiting.reject(inRequest(error, indices));
      }
    }
    this.#schedule();
  }

  #deliver(batch: Batch, matrix: SparseMatrix): void {
    let row = 0;
    for (const { waiting, indices } of batch) {
      for (const index of indices) waiting.request.put(index, matrix, row++);
      waiting.onBatch(indices.length);
      if (waiting.request.isComplete) waiting.resolve(waiting.request.embeddings());
    }
  }
}

/** Converts an error of a batch to an error of the request with these texts. */
function inRequest(error: unknown, indices: readonly number[]): unknown {
  const text = error instanceof EmbeddingError ? indices[error.text] : undefined;
  return error instanceof EmbeddingError && text !== undefined ? error.at(text) : error;
}

import type { Worker } from 'node:worker_threads';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { untilAborted } from '../../until-aborted.js';
import { warn } from '../../warnings.js';
import { startThread } from '../../worker-thread.js';
import { type Answer, type Job, type ThreadData, unpackError } from './messages.js';

interface Waiting {
  readonly resolve: (matrix: SparseMatrix) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that has opened a model and embeds jobs in the order of their arrival. */
export class EncodingThread {
  /** Number of dimensions of an embedding; undefined if no module knows it. */
  readonly dimension: number | undefined;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #failure: Error | undefined;
  #jobs = 0;

  private constructor(worker: Worker, dimension: number | undefined) {
    this.#worker = worker;
    this.dimension = dimension;
    worker.on('message', (answer: Answer) => this.#take(answer));
    worker.on('error', (cause) => this.#fail(cause));
    worker.on('exit', (code) => this.#fail(new Error(`exit code ${code}`)));
  }

  /** @throws the error of opening the model, or the signal's reason */
  static async open(data: ThreadData, signal?: AbortSignal): Promise<EncodingThread> {
    const worker = startThread('encoder/pool/thread', { workerData: data });
    try {
      return new EncodingThread(worker, await untilAborted(opened(worker), signal));
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  /** The number of unanswered jobs. */
  get running(): number {
    return this.#waiting.size;
  }

  /** Why the thread ended unexpectedly. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * The embeddings of the texts of a job, one row per text.
   *
   * @throws the error of encoding, or an Error if the thread ended
   */
  run(job: Omit<Job, 'id'>): Promise<SparseMatrix> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#jobs++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...job } satisfies Job, []);
    });
  }

  #take(answer: Answer): void {
    if (answer.kind === 'warning') return warn(answer.message);
    if (answer.kind === 'opened' || answer.kind === 'refused') return;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === 'embedded') waiting?.resolve(answer.matrix);
    else waiting?.reject(unpackError(answer.error));
  }

  #fail(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#failure ??= new Error(`a thread of the EncoderPool ended: ${reason}`, { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  /** Ends the thread; the process may exit. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** @returns the dimension of the model that the thread opened */
function opened(worker: Worker): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const listen = (answer: Answer): void => {
      if (answer.kind === 'warning') return warn(answer.message);
      worker.off('message', listen);
      if (answer.kind === 'opened') resolve(answer.dimension);
      else if (answer.kind === 'refused') reject(unpackError(answer.error));
    };
    worker.on('message', listen);
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`the thread ended with exit code ${code} before it had opened the model`)),
    );
  });
}

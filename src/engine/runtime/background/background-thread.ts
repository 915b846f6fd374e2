import type { Worker } from 'node:worker_threads';
import { startThread } from '../../../worker-thread.js';
import type { Answer, Request } from './messages.js';

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The fields of a request besides its number. */
type Asked = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

/**
 * The thread in which sessions run, so that the caller's event loop goes on: ONNX Runtime's Node binding computes in
 * the thread that calls it. It starts with the first session and ends with the last one. It keeps the process alive
 * only while somebody waits for an answer.
 */
class BackgroundThread {
  #worker: Worker | undefined;
  #requests = 0;
  #sessions = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Opens a session and returns its number. `close` ends it. */
  open(): number {
    this.#sessions++;
    return this.#requests++;
  }

  async close(): Promise<void> {
    this.#sessions--;
    if (this.#sessions > 0) return;
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  /** @throws Error with the message of the failure in the thread */
  async ask<Kind extends Answer['kind']>(
    request: Asked,
    expected: Kind,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Extract<Answer, { kind: Kind }>> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#requests++;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ ...request, id }, transfer);
    });
    if (answer.kind === 'failed') throw new Error(answer.message);
    if (answer.kind !== expected) {
      throw new RangeError(`the thread answered ${answer.kind} to ${request.kind}`);
    }
    return answer as Extract<Answer, { kind: Kind }>;
  }

  #start(): Worker {
    const worker = startThread('engine/runtime/background/thread');
    worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) worker.unref();
      waiting?.resolve(answer);
    });
    const fail = (reason: string): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`ONNX Runtime's thread ended: ${reason}`));
      }
      this.#waiting.clear();
    };
    worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => fail(`exit code ${code}`));
    return worker;
  }
}

export const backgroundThread = new BackgroundThread();

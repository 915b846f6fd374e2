import { UsageError } from './errors.js';

/** Lets tasks use an object until it is disposed. Disposal waits for the last of them. */
export class Lifetime {
  readonly #what: string;
  readonly #running = new Set<Promise<unknown>>();
  #end: Promise<void> | undefined;

  /** @param what the object's name in errors, with its article */
  constructor(what: string) {
    this.#what = what;
  }

  /** @throws UsageError if the object is disposed or about to be */
  require(asked: string): void {
    if (this.#end !== undefined) {
      throw new UsageError(`${asked} was called on ${this.#what} that is disposed`);
    }
  }

  /**
   * Runs a task with the object, which is not disposed until the task ends.
   *
   * @throws UsageError if the object is disposed or about to be
   */
  async use<T>(asked: string, task: () => Promise<T>): Promise<T> {
    this.require(asked);
    const run = task();
    this.#running.add(run);
    try {
      return await run;
    } finally {
      this.#running.delete(run);
    }
  }

  /**
   * Refuses new tasks, and disposes the object when the running tasks have ended. A second call only waits for that.
   */
  end(dispose: () => Promise<void>): Promise<void> {
    this.#end ??= Promise.allSettled(this.#running).then(dispose);
    return this.#end;
  }
}

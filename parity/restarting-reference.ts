import { counted } from '../src/counted.js';
import type { Reference } from '../src/python/bridge.js';
import { ReferenceUnavailableError } from '../src/python/errors.js';
import type { Message } from '../src/python/exchange.js';

/** Each start takes about nine seconds of processor time. A reference that dies more often than this is broken. */
const MOST_RESTARTS = 5;

export interface RestartOptions {
  /** How often it is started anew. Default 5. */
  readonly mostRestarts?: number;
  /** Called with a line for every death. */
  readonly log?: (line: string) => void;
}

/**
 * A reference that is started anew at the call after its death. The call during which it died rejects; calls that wait
 * go to the next one. Only one call is with the reference at a time, so a death belongs to one call.
 *
 * ```ts
 * const reference = await RestartingReference.start(() => startReference({ python }));
 * await reference.call('cases.run', message); // rejects if Python dies of it
 * await reference.call('cases.run', another); // is answered by another Python
 * ```
 */
export class RestartingReference implements Pick<
  Reference,
  'call' | 'stop' | 'versions' | 'isPinned' | 'pid'
> {
  readonly versions: Reference['versions'];
  readonly isPinned: boolean;
  readonly #start: () => Promise<Reference>;
  readonly #options: RestartOptions;
  #present: Reference;
  #deaths = 0;
  #end: ReferenceUnavailableError | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(first: Reference, start: () => Promise<Reference>, options: RestartOptions) {
    this.versions = first.versions;
    this.isPinned = first.isPinned;
    this.#present = first;
    this.#start = start;
    this.#options = options;
  }

  /** Starts the first one. Rejects as `start` does. */
  static async start(
    start: () => Promise<Reference>,
    options: RestartOptions = {},
  ): Promise<RestartingReference> {
    return new RestartingReference(await start(), start, options);
  }

  /** The process id of the present Python. */
  get pid(): number {
    return this.#present.pid;
  }

  /**
   * As of `Reference`.
   *
   * @throws ReferenceUnavailableError also if no further one can be started
   */
  call(fn: string, message: Message, options?: { deadlineMs?: number }): Promise<Message> {
    const answer = this.#queue.then(() => this.#perform(fn, message, options));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  /** Ends Python at once; running and waiting calls reject. */
  async stop(): Promise<void> {
    this.#end ??= new ReferenceUnavailableError('stopped', 'the reference was stopped');
    await this.#present.stop();
  }

  async #perform(fn: string, message: Message, options?: { deadlineMs?: number }): Promise<Message> {
    if (this.#end !== undefined) throw this.#end;
    if (!this.#present.isAlive) await this.#startAnew();
    const reference = this.#present;
    try {
      return await reference.call(fn, message, options);
    } catch (error) {
      if (!reference.isAlive && this.#end === undefined) this.#died(error);
      throw error;
    }
  }

  #died(cause: unknown): void {
    this.#deaths += 1;
    const [reason = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
    const { mostRestarts = MOST_RESTARTS, log } = this.#options;
    log?.(`${reason}; ${this.#deaths > mostRestarts ? 'it is not started again' : 'another one is started'}`);
    if (this.#deaths <= mostRestarts) return;
    const often = counted(this.#deaths, 'time');
    this.#end = new ReferenceUnavailableError('died', `the reference failed ${often}, at last: ${reason}`);
  }

  async #startAnew(): Promise<void> {
    try {
      this.#present = await this.#start();
    } catch (cause) {
      const [reason = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
      const message = `the reference could not be started again: ${reason}`;
      throw (this.#end = new ReferenceUnavailableError('start', message, { cause }));
    }
  }
}

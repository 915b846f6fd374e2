import { setImmediate as nextTurn } from 'node:timers/promises';

const LONGEST_BLOCK_MS = 5;

/** Lets other work of this thread run in the middle of a long loop. */
export class Breaks {
  #since = performance.now();

  /** Waits for the next turn of the event loop if more than 5 ms have passed since the last wait. */
  async take(): Promise<void> {
    if (performance.now() - this.#since <= LONGEST_BLOCK_MS) return;
    await nextTurn();
    this.#since = performance.now();
  }
}

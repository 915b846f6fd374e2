import { untilAborted } from '../until-aborted.js';

/** How many items a window has at most. */
export interface WindowSizes {
  /** Items of the first window; each next one may have twice as many. */
  readonly first: number;
  readonly largest: number;
}

/** How long the items of a window wait for more of them. */
const LONGEST_WAIT_MS = 100;

/**
 * Groups of the items of an input that may be slow and may never end. A window is given when it is full, when the input
 * ends or fails, and when its first item has waited for 100 ms; so no item is held back or lost.
 *
 * @throws the signal's reason as soon as it aborts, also while the input is awaited
 * @throws what the input throws, after the items before
 */
export async function* windowsOf<T>(
  items: AsyncGenerator<T>,
  { first, largest }: WindowSizes,
  signal?: AbortSignal,
): AsyncGenerator<T[]> {
  signal?.throwIfAborted();
  const source = new Source(items, signal);
  try {
    for (let size = first; !source.isDone; size = Math.min(2 * size, largest)) {
      const window = await source.take(size);
      if (window.length > 0) yield window;
    }
    source.throwFailure();
  } finally {
    await source.close();
  }
}

const LATE = Symbol('late');

class Source<T> {
  readonly #items: AsyncGenerator<T>;
  readonly #signal: AbortSignal | undefined;
  /** An item that was asked for and has not come. */
  #asked: Promise<IteratorResult<T, unknown>> | undefined;
  #failure: { readonly error: unknown } | undefined;
  isDone = false;

  constructor(items: AsyncGenerator<T>, signal: AbortSignal | undefined) {
    this.#items = items;
    this.#signal = signal;
  }

  /** The next items, at most so many. */
  async take(most: number): Promise<T[]> {
    const taken: T[] = [];
    let timer: NodeJS.Timeout | undefined;
    let late: Promise<typeof LATE> | undefined;
    try {
      while (taken.length < most) {
        this.#asked ??= this.#items.next();
        const next = await untilAborted(
          late === undefined ? this.#asked : Promise.race([this.#asked, late]),
          this.#signal,
        );
        if (next === LATE) break;
        this.#asked = undefined;
        if (next.done === true) {
          this.isDone = true;
          break;
        }
        taken.push(next.value);
        late ??= new Promise((resolve) => {
          timer = setTimeout(resolve, LONGEST_WAIT_MS, LATE);
        });
      }
    } catch (error) {
      if (this.#signal?.aborted === true) throw error;
      this.#asked = undefined;
      this.#failure = { error };
      this.isDone = true;
    } finally {
      clearTimeout(timer);
    }
    return taken;
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Closes the input, without waiting for an item that may never come. */
  async close(): Promise<void> {
    const closed = this.#items.return(undefined);
    if (this.#asked === undefined) await closed;
    else void Promise.allSettled([this.#asked, closed]);
  }
}

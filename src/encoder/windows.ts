import { untilAborted } from '../until-aborted.js';

/** The most items of a window. */
export interface WindowSizes {
  /** Items of the first window; each following window may have twice as many. */
  readonly first: number;
  readonly largest: number;
}

/** How long the items of a window wait for more of them. */
const LONGEST_WAIT_MS = 100;

/**
 * Groups the items of an input that may be slow and may never end. A window ends when it is full, when the input ends
 * or fails, or when its first item has waited for 100 ms. No item is held back or lost.
 *
 * @throws the signal's reason as soon as it aborts, even while the input is awaited
 * @throws the error of the input, after all earlier items
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
  /** An item that was requested and has not arrived. */
  #asked: Promise<IteratorResult<T, unknown>> | undefined;
  #failure: { readonly error: unknown } | undefined;
  isDone = false;

  constructor(items: AsyncGenerator<T>, signal: AbortSignal | undefined) {
    this.#items = items;
    this.#signal = signal;
  }

  /** The next items, at most this many. */
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

  /** Closes the input, without waiting for an item that may never arrive. */
  async close(): Promise<void> {
    const closed = this.#items.return(undefined);
    if (this.#asked === undefined) await closed;
    else void Promise.allSettled([this.#asked, closed]);
  }
}

/**
 * A setting of an object that several calls use at once. Calls that need the same value run together; others wait until
 * no call holds it.
 */
export class SharedSetting<T> {
  readonly #apply: (value: T) => void;
  #current: T | undefined;
  #holders = 0;
  #waiting: (() => void)[] = [];

  constructor(apply: (value: T) => void) {
    this.#apply = apply;
  }

  async hold<R>(value: T, use: () => Promise<R>): Promise<R> {
    // First come, first served, so a stream of calls with one value does not keep others waiting forever.
    while (this.#holders > 0 && (this.#current !== value || this.#waiting.length > 0)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#current !== value) this.#apply(value);
    this.#current = value;
    this.#holders++;
    try {
      return await use();
    } finally {
      this.#holders--;
      if (this.#holders === 0) {
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const resume of waiting) resume();
      }
    }
  }
}

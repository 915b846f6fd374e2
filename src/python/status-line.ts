/** One line on the terminal with the present step and its duration. Silent in logs and in CI. */
export class StatusLine {
  readonly #started = Date.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #text: string;

  constructor(text: string) {
    this.#text = text;
    if (process.stderr.isTTY && (process.env['CI'] ?? '') === '') {
      this.#timer = setInterval(() => this.#draw(), 500);
      this.#timer.unref();
    }
  }

  get seconds(): number {
    return Math.round((Date.now() - this.#started) / 1000);
  }

  update(text: string): void {
    this.#text = text;
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    process.stderr.write('\r\x1b[K');
  }

  #draw(): void {
    const line = `${this.seconds} s  ${this.#text}`;
    // Some terminals report 0 columns.
    process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
  }
}

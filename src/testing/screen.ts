/** The picture on a terminal after bytes were written to it, with the features that progress bars and messages need. */
export class Screen {
  columns: number;
  /** How often a line exceeded the right edge. */
  wraps = 0;
  /** Modes that were turned off, such as the cursor `?25` and line wrapping `?7`. */
  readonly off = new Set<string>();
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** The beginning of a sequence whose rest has not been written yet. */
  #begun = '';

  constructor(columns: number) {
    this.columns = columns;
  }

  /** The lines from the top, without trailing spaces. */
  get lines(): string[] {
    return this.#lines.map((line) =>
      Array.from(line, (each) => each ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  write(text: string): void {
    const whole = `${this.#begun}${text}`;
    // oxlint-disable-next-line no-control-regex -- a sequence begins with one
    const end = whole.search(/\u001B(\[[\d;?]*)?$/u);
    this.#begun = end < 0 ? '' : whole.slice(end);
    const complete = end < 0 ? whole : whole.slice(0, end);
    // oxlint-disable-next-line no-control-regex -- a sequence begins with one
    for (const [all, parameters, command] of complete.matchAll(/\u001B\[([\d;?]*)([A-Za-z])|[^]/gu)) {
      if (command === undefined) this.#put(all);
      else this.#control(command, parameters ?? '');
    }
  }

  /** Changes the width. Lines that have become too long are wrapped, and the cursor stays at its character. */
  resize(columns: number): void {
    this.columns = columns;
    const wrapped: string[][] = [];
    for (const [row, line] of this.#lines.entries()) {
      const first = wrapped.length;
      for (let begin = 0; begin === 0 || begin < line.length; begin += columns) {
        wrapped.push(line.slice(begin, begin + columns));
      }
      if (row !== this.#row) continue;
      const part = Math.min(Math.floor(this.#column / columns), wrapped.length - 1 - first);
      [this.#row, this.#column] = [first + part, this.#column - part * columns];
      break;
    }
    // The cursor is in the last line of a program that only writes lines.
    this.#lines = wrapped;
  }

  #put(character: string): void {
    if (character === '\u001B') throw new RangeError('the screen does not know a sequence without [');
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#toRow(this.#row + 1);
    else {
      if (this.#column === this.columns) {
        this.wraps++;
        this.#column = 0;
        this.#toRow(this.#row + 1);
      }
      this.#line[this.#column++] = character;
    }
  }

  #control(command: string, parameters: string): void {
    const count = Number(parameters) || 1;
    if (command === 'K') this.#erase(parameters);
    else if (command === 'G') this.#column = count - 1;
    else if (command === 'A') this.#row = Math.max(0, this.#row - count);
    else if (command === 'J') {
      this.#erase('');
      this.#lines.length = this.#row + 1;
    } else if (command === 'l') this.off.add(parameters);
    else if (command === 'h') this.off.delete(parameters);
    else if (command !== 'm') throw new RangeError(`the screen does not know ESC[${parameters}${command}`);
  }

  #erase(parameters: string): void {
    if (parameters === '2') this.#line.length = 0;
    else this.#line.length = Math.min(this.#line.length, this.#column);
  }

  get #line(): string[] {
    return (this.#lines[this.#row] ??= []);
  }

  #toRow(row: number): void {
    this.#row = row;
    this.#lines[row] ??= [];
  }
}

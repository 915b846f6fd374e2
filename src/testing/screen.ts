/** The picture on a terminal after bytes were written to it, with the features that progress bars and messages need. */
export class Screen {
  readonly columns: number;
  /** How often a line exceeded the right edge. */
  wraps = 0;
  /** Modes that were turned off, such as the cursor `?25` and line wrapping `?7`. */
  readonly off = new Set<string>();
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

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
    // oxlint-disable-next-line no-control-regex -- a sequence begins with one
    for (const [all, parameters, command] of text.matchAll(/\u001B\[([\d;?]*)([A-Za-z])|[^]/gu)) {
      if (command === undefined) this.#put(all);
      else this.#control(command, parameters ?? '');
    }
  }

  #put(character: string): void {
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
    else if (command === 'l') this.off.add(parameters);
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

import { printable } from './printable.js';
import { setProgressLine } from './progress-line.js';
import { textWidth } from './text-width.js';

export interface Progress {
  /** Adds `count` to the number done. Default: 1. */
  advance(what: string, count?: number): void;
  note(what: string): void;
  stop(): void;
}

/** Shows nothing. */
export const NO_PROGRESS: Progress = {
  advance: () => undefined,
  note: () => undefined,
  stop: () => undefined,
};

const BAR_COLUMNS = 24;
const REDRAW_MS = 100;
/** Some terminals report 0 columns. */
const DEFAULT_COLUMNS = 80;
const columnsOf = ({ columns }: NodeJS.WriteStream): number => columns || DEFAULT_COLUMNS;

/**
 * A progress bar on standard error, or a count if the total is unknown. Nothing appears if standard error is not a
 * terminal, or in CI. It does not change the cursor, line wrapping or the process's signals, so however the process
 * ends, the terminal is as it was before.
 */
export function openProgress(total?: number): Progress {
  const shown = process.stderr.isTTY && (process.env['CI'] ?? '') === '';
  if (!shown) return NO_PROGRESS;
  const line = new TerminalLine(process.stderr);
  let [done, text] = [0, ''];
  const draw = (): void =>
    line.draw(total === undefined ? `${done} ${text}` : `${barOf(done, total)} ${text}`);
  draw();
  const clear = (): void => {
    line.clear();
    setProgressLine(undefined);
  };
  setProgressLine({ clear: () => line.clear(), redraw: () => line.redraw() });
  process.once('exit', clear);
  return {
    advance: (what, count = 1) => {
      [done, text] = [done + count, printable(what)];
      draw();
    },
    note: (what) => {
      text = printable(what);
      draw();
    },
    stop: () => {
      process.off('exit', clear);
      clear();
      line.end();
    },
  };
}

function barOf(done: number, total: number): string {
  const filled = Math.round(BAR_COLUMNS * Math.min(1, total === 0 ? 1 : done / total));
  return `${'='.repeat(filled)}${'-'.repeat(BAR_COLUMNS - filled)} ${done}/${total}`;
}

/** The last line of a terminal, which is drawn again and again, at most ten times a second. */
class TerminalLine {
  readonly #stream: NodeJS.WriteStream;
  #text = '';
  /** The part of the text that is on the terminal now. */
  #drawn = '';
  #drawnAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  readonly #onResize = (): void => {
    // Terminals wrap a line that has become too long, and the cursor goes with its end.
    const rows = Math.ceil(textWidth(this.#drawn) / columnsOf(this.#stream));
    this.#stream.write(`\r${rows > 1 ? `\u001B[${rows - 1}A` : ''}\u001B[J`);
    this.redraw();
  };

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on('resize', this.#onResize);
  }

  draw(text: string): void {
    this.#text = text;
    const wait = this.#drawnAt + REDRAW_MS - performance.now();
    if (wait <= 0) this.redraw();
    else this.#timer ??= setTimeout(() => this.redraw(), wait).unref();
  }

  redraw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drawnAt = performance.now();
    this.#drawn = cut(this.#text, columnsOf(this.#stream));
    this.#stream.write(`\r${this.#drawn}\u001B[K`);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drawn = '';
    this.#stream.write('\r\u001B[K');
  }

  end(): void {
    this.#stream.off('resize', this.#onResize);
  }
}

/** The beginning of a text that fits this many columns. */
function cut(text: string, columns: number): string {
  let [fits, width] = ['', 0];
  for (const character of text) {
    width += textWidth(character);
    if (width > columns) break;
    fits += character;
  }
  return fits;
}

/** Shows a bar in percent during a task that reports its progress. */
export async function withPercent<T>(
  task: (onProgress: (what: string, done: number) => void) => Promise<T>,
): Promise<T> {
  const bar = openProgress(100);
  let percent = 0;
  try {
    return await task((what, done) => {
      for (; percent < Math.floor(100 * done); percent++) bar.advance(what);
      bar.note(what);
    });
  } finally {
    bar.stop();
  }
}

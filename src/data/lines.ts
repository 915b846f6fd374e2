import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InputError } from '../errors.js';

/** `-` is standard input, or output. */
export const STANDARD = '-';

/** An input as messages name it. */
export const sourceOf = (path: string): string => (path === STANDARD ? 'standard input' : path);

export const noTexts = (path: string): InputError =>
  new InputError(`${sourceOf(path)} has no texts; expected at least one`);

/** @throws InputError for a folder, and where there is nothing; asked before the work that the input is for */
export async function checkInput(path: string): Promise<void> {
  if (path === STANDARD) return;
  const present: Stats | undefined = await stat(path).catch(() => undefined);
  if (present === undefined) throw new InputError(`there is no file ${path}`);
  if (present.isDirectory()) throw new InputError(`${path} is a folder; expected a file of lines`);
}

/** In bytes, and of what may go over several lines in characters. The longest string of Node is eight times as long. */
export const LONGEST_LINE = 2 ** 26;

/**
 * The lines of a file in UTF-8, without their ends, which are \n or \r\n. (JSON may hold U+2028 as it is, at which Node's
 * readline ends a line.) A byte order mark at the beginning is passed over.
 *
 * @throws InputError naming the line, from 1, that is not UTF-8 or is too long
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  if (path === STANDARD && process.stdin.isTTY) {
    process.stderr.write('Reading texts from the terminal, one a line; Ctrl-D ends them.\n');
  }
  const input: AsyncIterable<Buffer> = path === STANDARD ? process.stdin : createReadStream(path);
  // The decoder would pass over a mark at the beginning of each line.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 1;
  let begun: Buffer[] = [];
  let length = 0;
  const add = (bytes: Buffer): void => {
    begun.push(bytes);
    length += bytes.length;
    if (length <= LONGEST_LINE) return;
    throw new InputError(
      `${sourceOf(path)}:${number}: the line has more than ${LONGEST_LINE / 2 ** 20} MiB; expected a text a line`,
    );
  };
  const decoded = (): string => {
    const bytes = begun.length === 1 ? begun[0] : Buffer.concat(begun);
    begun = [];
    length = 0;
    try {
      const line = decoder.decode(bytes);
      const first = number === 1 && line.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
      return line.slice(first, line.endsWith('\r') ? -1 : undefined);
    } catch (cause) {
      throw new InputError(`${sourceOf(path)}:${number}: the line is not valid UTF-8`, { cause });
    }
  };
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield decoded();
      number++;
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (begun.length > 0) yield decoded();
}

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\uFEFF';

/** The first of some lines, undefined where there is none, and all of them: standard input can be read only once. */
export async function peek(
  lines: AsyncIterable<string>,
): Promise<{ readonly first: string | undefined; readonly lines: AsyncIterable<string> }> {
  const iterator = lines[Symbol.asyncIterator]();
  const begin = await iterator.next();
  async function* all(): AsyncGenerator<string> {
    try {
      if (begin.done !== true) yield begin.value;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { first: begin.done === true ? undefined : begin.value, lines: all() };
}

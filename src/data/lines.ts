import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InputError } from '../errors.js';

/** `-` means standard input or output. */
export const STANDARD = '-';

/** The name of an input in messages. */
export const sourceOf = (path: string): string => (path === STANDARD ? 'standard input' : path);

export const noTexts = (path: string): InputError =>
  new InputError(`${sourceOf(path)} has no texts; expected at least one`);

/** @throws InputError if the input is a folder or does not exist; checked before the work */
export async function checkInput(path: string): Promise<void> {
  if (path === STANDARD) return;
  const present: Stats | undefined = await stat(path).catch(() => undefined);
  if (present === undefined) throw new InputError(`there is no file ${path}`);
  if (present.isDirectory()) throw new InputError(`${path} is a folder; expected a file of lines`);
}

/**
 * The longest line in bytes, and the longest text over several lines in characters. Node's longest string is eight
 * times as long.
 */
export const LONGEST_LINE = 2 ** 26;

/**
 * The lines of a file in UTF-8, without their ends, which are \n or \r\n. (JSON may contain U+2028, which Node's
 * readline treats as the end of a line.) A byte order mark at the beginning is skipped.
 *
 * @throws InputError that names the line, from 1, if it is not UTF-8 or too long
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  if (path === STANDARD && process.stdin.isTTY) {
    process.stderr.write('Reading texts from the terminal, one per line; Ctrl-D ends them.\n');
  }
  const input: AsyncIterable<Buffer> = path === STANDARD ? process.stdin : createReadStream(path);
  // Otherwise the decoder would skip a mark at the beginning of each line.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 1;
  let begun: Buffer[] = [];
  let length = 0;
  const add = (bytes: Buffer): void => {
    begun.push(bytes);
    length += bytes.length;
    if (length <= LONGEST_LINE) return;
    throw new InputError(
      `${sourceOf(path)}:${number}: the line has more than ${LONGEST_LINE / 2 ** 20} MiB; expected one text per line`,
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

/** The first of some lines, undefined if there is none, and all of them: standard input can be read only once. */
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

import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InputError } from '../errors.js';

/** `-` is standard input, or output. */
export const STANDARD = '-';

/** An input as messages name it. */
export const sourceOf = (path: string): string => (path === STANDARD ? 'standard input' : path);

/** @throws InputError for a folder, and where there is nothing; asked before the work that the input is for */
export async function checkInput(path: string): Promise<void> {
  if (path === STANDARD) return;
  const present: Stats | undefined = await stat(path).catch(() => undefined);
  if (present === undefined) throw new InputError(`there is no file ${path}`);
  if (present.isDirectory()) throw new InputError(`${path} is a folder; expected a file of lines`);
}

/**
 * The lines of a file in UTF-8, without their ends, which are \n or \r\n. (JSON may hold U+2028 as it is, at which Node's
 * readline ends a line.) A byte order mark is passed over.
 *
 * @throws InputError naming the line, from 1, that is no UTF-8
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  if (path === STANDARD && process.stdin.isTTY) {
    process.stderr.write('Reading texts from the terminal, one a line; Ctrl-D ends them.\n');
  }
  const input: AsyncIterable<Buffer> = path === STANDARD ? process.stdin : createReadStream(path);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 1;
  let begun: Buffer[] = [];
  const decoded = (): string => {
    const bytes = begun.length === 1 ? begun[0] : Buffer.concat(begun);
    begun = [];
    try {
      const line = decoder.decode(bytes);
      return line.endsWith('\r') ? line.slice(0, -1) : line;
    } catch (cause) {
      throw new InputError(`${sourceOf(path)}:${number}: no UTF-8; expected text in UTF-8`, { cause });
    }
  };
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      begun.push(chunk.subarray(start, end));
      yield decoded();
      number++;
      start = end + 1;
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
  if (begun.length > 0) yield decoded();
}

const NEWLINE = 0x0a;

/** The first line of an input, undefined where there is none, and all its lines: standard input can be read only once. */
export async function peekLine(
  path: string,
): Promise<{ readonly first: string | undefined; readonly lines: AsyncIterable<string> }> {
  const lines = linesOf(path);
  const begin = await lines.next();
  async function* all(): AsyncGenerator<string> {
    if (begin.done !== true) yield begin.value;
    yield* lines;
  }
  return { first: begin.done === true ? undefined : begin.value, lines: all() };
}

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { InputError } from '../errors.js';

/** A line of an input of texts. */
export interface InputText {
  readonly text: string;
  /** As the line has it; else its number among the texts, from 0. */
  readonly id: string | number;
}

/** `-` is standard input. */
export const STANDARD = '-';

export async function* linesOf(path: string): AsyncGenerator<string> {
  const input = path === STANDARD ? process.stdin : createReadStream(path);
  // A file that cannot be opened tells it by an event, which readline does not pass on.
  const failed = new Promise<never>((_, reject) => void input.once('error', reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done === true) return;
    yield next.value;
  }
}

/**
 * Texts of a file: lines of JSON where it is called .jsonl or its first line is one, each a string or an object with
 * `text` and perhaps `id`; else each line is a text. Empty lines of JSON are passed over; of plain text they are texts.
 *
 * @throws InputError naming file, line and what was expected
 */
export async function* readTexts(path: string): AsyncGenerator<InputText> {
  const source = path === STANDARD ? 'standard input' : path;
  let isJson = path.endsWith('.jsonl');
  let number = 0;
  let count = 0;
  for await (const line of linesOf(path)) {
    if (number++ === 0) isJson ||= looksLikeJson(line);
    if (isJson && line.trim() === '') continue;
    yield isJson ? fromJson(line, count, `${source}:${number}`) : { text: line, id: count };
    count++;
  }
}

function looksLikeJson(line: string): boolean {
  if (!/^\s*["{]/.test(line)) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function fromJson(line: string, count: number, where: string): InputText {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${where}: no JSON: ${message}`, { cause });
  }
  if (typeof value === 'string') return { text: value, id: count };
  const { text, id = count } = (value ?? {}) as { text?: unknown; id?: unknown };
  if (typeof text !== 'string')
    throw new InputError(`${where}: expected a string, or an object with a string "text"`);
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new InputError(`${where}: "id" is neither string nor number`);
  return { text, id };
}

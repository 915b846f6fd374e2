import { InputError } from '../errors.js';
import { jsonFault } from '../sparse/payloads/json-fault.js';
import { linesOf, sourceOf } from './lines.js';

/** A line of an input of texts. */
export interface InputText {
  readonly text: string;
  /** As the line has it; else its number among the texts, from 0. */
  readonly id: string | number;
}

/**
 * Texts of a file: lines of JSON where it is called .jsonl or its first line is one, each a string or an object with
 * `text` and perhaps `id`; else each line is a text. Empty lines of JSON are passed over; of plain text they are texts.
 *
 * @param lines of the file, where they are read already
 * @throws InputError naming file, line and what was expected
 */
export async function* readTexts(
  path: string,
  lines: AsyncIterable<string> = linesOf(path),
): AsyncGenerator<InputText> {
  let isJson = path.endsWith('.jsonl');
  let number = 0;
  let count = 0;
  for await (const line of lines) {
    if (number++ === 0) isJson ||= looksLikeJson(line);
    if (isJson && line.trim() === '') continue;
    yield isJson ? fromJson(line, count, `${sourceOf(path)}:${number}`) : { text: line, id: count };
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
    const column = (jsonFault(line) ?? line.length) + 1;
    throw new InputError(`${where}:${column}: no JSON: ${message}`, { cause });
  }
  if (typeof value === 'string') return { text: value, id: count };
  const { text, id = count } = (value ?? {}) as { text?: unknown; id?: unknown };
  if (typeof text !== 'string') {
    const keys =
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    const known = keys.length === 0 ? '' : `; it has ${keys.map((key) => JSON.stringify(key)).join(', ')}`;
    throw new InputError(`${where}: expected a string, or an object with a string "text"${known}`);
  }
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new InputError(`${where}: "id" is neither string nor number`);
  return { text, id };
}

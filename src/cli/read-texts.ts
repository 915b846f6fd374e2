import { InputError } from '../errors.js';
import { parseJsonLine } from '../sparse/payloads/parse-json-line.js';
import { idIn, type TextId } from '../sparse/payloads/text-id.js';
import { linesOf, sourceOf } from './lines.js';

/** A line of an input of texts. */
export interface InputText {
  readonly text: string;
  /** As the line has it; else its number among the texts, from 0. */
  readonly id: TextId;
  /** File and line. */
  readonly place: string;
}

/**
 * Texts of a file: lines of JSON where it is called .jsonl or its first line is one, each a string or an object with
 * `text` and perhaps an `id`, or `_id`, and a `title`; else each line is a text. Empty lines of JSON are passed over; of
 * plain text they are texts. A title is put before its text, with a space between, and white space around both is taken
 * away.
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
    const place = `${sourceOf(path)}:${number}`;
    yield isJson ? fromJson(line, count, place) : { text: line, id: count, place };
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
  const value = parseJsonLine(line, where);
  if (typeof value === 'string') return { text: value, id: count, place: where };
  const { text, title } = (value ?? {}) as { text?: unknown; title?: unknown };
  if (typeof text !== 'string') {
    const keys =
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    const known = keys.length === 0 ? '' : `; it has ${keys.map((key) => JSON.stringify(key)).join(', ')}`;
    throw new InputError(`${where}: expected a string, or an object with a string "text"${known}`);
  }
  if (title !== undefined && title !== null && typeof title !== 'string') {
    throw new InputError(`${where}: "title" is ${JSON.stringify(title)}; expected a string`);
  }
  const object = value as object;
  const id = idIn(object, 'id', line, where) ?? idIn(object, '_id', line, where) ?? count;
  return { text: typeof title === 'string' ? withTitle(title, text) : text, id, place: where };
}

/** Python's white space: JavaScript's `trim` takes a byte order mark for some, and separators such as U+001C for none. */
const SPACES = String.raw`[\t-\r\x1C-\x20\x85\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+`;
const OUTER_SPACES = new RegExp(`^${SPACES}|${SPACES}$`, 'g');

/** As BEIR and the reference's evaluator join them. */
function withTitle(title: string, text: string): string {
  return `${title} ${text}`.replaceAll(OUTER_SPACES, '');
}

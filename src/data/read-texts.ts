import { InputError } from '../errors.js';
import { preview } from '../files/preview.js';
import { type InputFormat, recognizeFormat } from './input-formats.js';
import { elementsOf } from './json-tokens.js';
import { LONGEST_LINE, linesOf, peek, sourceOf } from './lines.js';
import { parseJsonLine, parseJsonLines } from './parse-json-line.js';
import { type Delimiters, readTable } from './read-table.js';
import { idIn, type TextId } from './text-id.js';

/** A text of an input. */
export interface InputText {
  readonly text: string;
  /** From the row; otherwise its number among the texts, from 0. */
  readonly id: TextId;
  /** File and line. */
  readonly place: string;
}

/** What has been read so far: rows of the input, and rows without a text. */
export interface InputCounts {
  rows: number;
  skipped: number;
}

export interface ReadTextsOptions {
  /** Default: by the name of the file and its first line. */
  readonly format?: InputFormat | undefined;
  /** The file's lines, if they have been read already. */
  readonly lines?: AsyncIterable<string>;
  /** Counters to increase. */
  readonly counts?: InputCounts;
}

/**
 * The texts of a file in one of the `INPUT_FORMATS`. Empty lines are texts in plain text and skipped in other formats.
 * A title is put before its text with a space between, and white space around both is removed.
 *
 * @throws InputError that names file, line and what was expected
 */
export async function* readTexts(path: string, options: ReadTextsOptions = {}): AsyncGenerator<InputText> {
  const counts = options.counts ?? { rows: 0, skipped: 0 };
  const { first, lines } = await peek(options.lines ?? linesOf(path));
  if (first === undefined) return;
  const format = options.format ?? recognizeFormat(path, first);
  let count = 0;
  for await (const row of ROWS[format](lines, sourceOf(path))) {
    counts.rows++;
    if (row === undefined) {
      counts.skipped++;
      continue;
    }
    yield { ...row, id: row.id ?? count };
    count++;
  }
}

/** A row whose text may lack an id; undefined if the row has no text. */
type Row = (Omit<InputText, 'id'> & { readonly id: TextId | undefined }) | undefined;

const ROWS: Readonly<
  Record<InputFormat, (lines: AsyncIterable<string>, source: string) => AsyncGenerator<Row>>
> = {
  text: rowsOfText,
  jsonl: rowsOfJsonLines,
  json: rowsOfArray,
  csv: (lines, source) => rowsOfTable(lines, source, { between: ',', quotes: true }),
  tsv: (lines, source) => rowsOfTable(lines, source, { between: '\t', quotes: false }),
};

async function* rowsOfText(lines: AsyncIterable<string>, source: string): AsyncGenerator<Row> {
  let number = 0;
  for await (const text of lines) yield { text, id: undefined, place: `${source}:${++number}` };
}

async function* rowsOfJsonLines(lines: AsyncIterable<string>, source: string): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of lines) {
    const place = `${source}:${++number}`;
    yield line.trim() === '' ? undefined : rowOf(parseJsonLine(line, place), line, place);
  }
}

async function* rowsOfArray(lines: AsyncIterable<string>, source: string): AsyncGenerator<Row> {
  const read: string[] = [];
  let length = 0;
  for await (const line of lines) {
    read.push(line);
    length += line.length;
    if (length > LONGEST_LINE) {
      throw new InputError(
        `${source}: an array of more than ${LONGEST_LINE / 2 ** 20} million characters; write it as lines of JSON`,
      );
    }
  }
  const array = parseJsonLines(read, source);
  if (!Array.isArray(array)) throw new InputError(`${source}: expected an array of texts or of objects`);
  const elements = elementsOf(read.join('\n'));
  for (const [index, value] of (array as unknown[]).entries()) {
    yield rowOf(value, elements[index] ?? '', `${source}[${index}]`);
  }
}

async function* rowsOfTable(
  lines: AsyncIterable<string>,
  source: string,
  delimiters: Delimiters,
): AsyncGenerator<Row> {
  const checkHeader = (names: readonly string[]): void => {
    if (names.includes('text')) return;
    throw new InputError(`${source}: the header ${knownAs(names)}; expected a column text`);
  };
  for await (const { cells, line } of readTable(lines, source, delimiters, checkHeader)) {
    const text = cells.get('text') ?? '';
    const id = cells.get('id') ?? cells.get('_id');
    const title = cells.get('title');
    yield { text: title === undefined ? text : withTitle(title, text), id, place: `${source}:${line}` };
  }
}

function rowOf(value: unknown, json: string, where: string): Row {
  if (typeof value === 'string') return { text: value, id: undefined, place: where };
  const { text, title } = (value ?? {}) as { text?: unknown; title?: unknown };
  if (typeof text !== 'string') {
    const keys =
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    const known = keys.length === 0 ? '' : `; it ${knownAs(keys)}`;
    throw new InputError(`${where}: expected a string, or an object with a string "text"${known}`);
  }
  if (title !== undefined && title !== null && typeof title !== 'string') {
    throw new InputError(`${where}: "title" is ${preview(title)}; expected a string`);
  }
  const object = value as object;
  const id = idIn(object, 'id', json, where) ?? idIn(object, '_id', json, where);
  return { text: typeof title === 'string' ? withTitle(title, text) : text, id, place: where };
}

/** The most names in a message. */
const MOST_NAMES = 10;

function knownAs(names: readonly string[]): string {
  const told = names.slice(0, MOST_NAMES).map((name) => preview(name));
  return `has ${told.join(', ')}${names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''}`;
}

/** Python's white space: JavaScript's `trim` also removes a byte order mark, but not separators such as U+001C. */
const SPACES = String.raw`[\t-\r\x1C-\x20\x85\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+`;
const OUTER_SPACES = new RegExp(`^${SPACES}|${SPACES}$`, 'g');

/** As in BEIR and the reference's evaluator. */
function withTitle(title: string, text: string): string {
  return `${title} ${text}`.replaceAll(OUTER_SPACES, '');
}

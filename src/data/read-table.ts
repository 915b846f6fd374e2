import { counted } from '../counted.js';
import { InputError } from '../errors.js';
import { preview } from '../files/preview.js';
import { LONGEST_LINE } from './lines.js';

/** A row of a table by the names of its columns, and the line that it begins on. */
export interface TableRow {
  readonly cells: ReadonlyMap<string, string>;
  readonly line: number;
}

export interface Delimiters {
  readonly between: ',' | '\t';
  /** Whether a cell may be in quotes. In quotes, commas and line ends are text, and "" is a quote. */
  readonly quotes: boolean;
}

/**
 * The rows of a table whose first row names the columns. Empty lines are skipped.
 *
 * @param source the name of the table in messages
 * @param checkHeader is given the names of the columns, before any row
 * @throws InputError if a row has more or fewer cells than the header, or a quote does not end
 */
export async function* readTable(
  lines: AsyncIterable<string>,
  source: string,
  delimiters: Delimiters,
  checkHeader: (names: readonly string[]) => void,
): AsyncGenerator<TableRow> {
  let header: readonly string[] | undefined;
  for await (const { text, line } of recordsOf(lines, source, delimiters)) {
    const cells = cellsOf(text, delimiters, `${source}:${line}`);
    if (header === undefined) {
      header = cells.map((name) => name.trim());
      checkHeader(header);
    } else if (cells.length === header.length) {
      yield { cells: new Map(header.map((name, column) => [name, cells[column] as string])), line };
    } else {
      throw new InputError(
        `${source}:${line}: a row of ${counted(cells.length, 'cell')}; expected ${header.length}, as the header has`,
      );
    }
  }
}

/** A row of a table before it is taken apart, and the line that it begins at. */
export interface TableRecord {
  readonly text: string;
  readonly line: number;
}

/** @throws InputError for quotes that do not end */
export async function* recordsOf(
  lines: AsyncIterable<string>,
  source: string,
  delimiters: Delimiters,
): AsyncGenerator<TableRecord> {
  let number = 0;
  // The lines of a row with an open quote.
  let begun: string[] = [];
  let length = 0;
  let line = 0;
  for await (const next of lines) {
    number++;
    if (begun.length === 0) {
      if (next.trim() === '') continue;
      [line, length] = [number, 0];
    }
    const turns = delimiters.quotes && hasOddQuotes(next);
    const isOpen = begun.length > 0 ? !turns : turns;
    if (!isOpen) {
      yield { text: [...begun, next].join('\n'), line };
      begun = [];
      continue;
    }
    begun.push(next);
    length += next.length;
    if (length > LONGEST_LINE) break;
  }
  if (begun.length > 0) {
    throw new InputError(`${source}:${line}: a quote begins in this row and does not end`);
  }
}

/** In a whole row every quote has a partner; quotes inside a cell are doubled. */
function hasOddQuotes(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}

/**
 * The cells of a whole row.
 *
 * @throws InputError for text between a quote and the end of its cell
 */
export function cellsOf(text: string, { between, quotes }: Delimiters, where: string): string[] {
  if (!quotes) return text.split(between);
  const cells: string[] = [];
  for (let at = 0; ;) {
    const isQuoted = text[at] === '"';
    let end = isQuoted ? closingQuote(text, at) + 1 : text.indexOf(between, at);
    if (end === -1) end = text.length;
    if (end < text.length && text[end] !== between) {
      const rest = preview(text.slice(end, end + 20));
      throw new InputError(`${where}: ${rest} follows a quote; expected "${between}" or the end of the row`);
    }
    cells.push(isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end));
    if (end >= text.length) return cells;
    at = end + 1;
  }
}

function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at === -1 ? text.length : at;
}

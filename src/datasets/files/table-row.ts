import { counted } from '../../counted.js';
import { cellsOf, type Delimiters } from '../../data/read-table.js';
import { InputError } from '../../errors.js';
import type { Row } from '../dataset.js';
import { LABEL_NAMES } from '../training-columns.js';

/**
 * Makes a row from a record of a table. Cells are texts, except in label columns: there, numbers, booleans and lists are
 * parsed.
 *
 * @throws InputError if the number of cells differs from the number of columns
 */
export function tableRow(
  record: string,
  columns: readonly string[],
  delimiters: Delimiters,
  place: string,
): Row {
  const cells = cellsOf(record, delimiters, place);
  if (cells.length !== columns.length) {
    throw new InputError(
      `${place}: a row of ${counted(cells.length, 'cell')}; expected ${columns.length}, as the header has`,
    );
  }
  return Object.fromEntries(columns.map((name, at) => [name, valueOf(name, cells[at] as string)]));
}

/** @throws InputError if a column has no name */
export function headerOf(record: string, delimiters: Delimiters, place: string): readonly string[] {
  const names = cellsOf(record, delimiters, place).map((name) => name.trim());
  const nameless = names.indexOf('');
  if (nameless === -1) return names;
  throw new InputError(`${place}: column ${nameless + 1} of the header has no name`);
}

function valueOf(column: string, cell: string): unknown {
  if (!(LABEL_NAMES as readonly string[]).includes(column)) return cell;
  try {
    // Python writes booleans as "True" and "False".
    const value: unknown = JSON.parse(/^(?:True|False)$/.test(cell.trim()) ? cell.toLowerCase() : cell);
    return typeof value === 'string' ? cell : value;
  } catch {
    return cell;
  }
}

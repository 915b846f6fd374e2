import { isObject } from '../../arguments.js';
import { parseJsonLine } from '../../data/parse-json-line.js';
import { describe } from '../../describe.js';
import { InputError } from '../../errors.js';
import type { Row } from '../dataset.js';

/**
 * The row that a line of JSON holds.
 *
 * @throws InputError naming line and column for what is not JSON, and for anything but an object
 */
export const jsonRow = (line: string, place: string): Row => asRow(parseJsonLine(line, place), place);

/** @throws InputError for anything but an object */
export function asRow(value: unknown, place: string): Row {
  if (isObject(value) && !Array.isArray(value)) return value as Row;
  throw new InputError(`${place}: the row is ${describe(value)}; expected an object of values by column`);
}

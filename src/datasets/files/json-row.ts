import { isObject } from '../../arguments.js';
import { parseJsonLine } from '../../data/parse-json-line.js';
import { describe } from '../../describe.js';
import { InputError } from '../../errors.js';
import type { Row } from '../dataset.js';

/**
 * Parses the row in a line of JSON.
 *
 * @throws InputError if the line is not JSON (naming line and column), or is not an object
 */
export const jsonRow = (line: string, place: string): Row => asRow(parseJsonLine(line, place), place);

/** @throws InputError if the value is not an object */
export function asRow(value: unknown, place: string): Row {
  if (isObject(value) && !Array.isArray(value)) return value as Row;
  throw new InputError(`${place}: the row is ${describe(value)}; expected an object of values by column`);
}

import { describe } from '../describe.js';
import { InputError } from '../errors.js';

/** The name of a text in a lookup. */
export type Id = string | number;

/**
 * The id or the ids in a cell. Several ids are a list, or a text that is written as a list in JSON or in Python.
 *
 * @throws InputError for anything else, and for a whole number too large to be exact
 */
export function idList(value: unknown, where: string): Id | Id[] {
  const list = typeof value === 'string' && /^\s*\[/.test(value) ? writtenList(value) : value;
  if (Array.isArray(list)) return list.map((id, at) => idOf(id, `${where}[${at}]`));
  return idOf(list, where);
}

/** @throws InputError if the value is neither a text nor a whole number */
export function idOf(value: unknown, where: string): Id {
  if (typeof value === 'string' || Number.isSafeInteger(value)) return value as Id;
  if (typeof value === 'bigint') return String(value);
  throw new InputError(`${where} is ${describe(value)}; expected an id, a text or a whole number below 2^53`);
}

const ITEM = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+))\s*(,|\]\s*$)/y;

/** Parses a list; returns the text itself if it only begins like a list. */
function writtenList(text: string): string | Id[] {
  const items: Id[] = [];
  ITEM.lastIndex = text.indexOf('[') + 1;
  for (;;) {
    const found = ITEM.exec(text);
    if (found === null) return text;
    const [, single, double, digits, end] = found;
    const quoted = single ?? double;
    items.push(quoted === undefined ? (digits as string) : quoted.replaceAll(/\\(.)/g, '$1'));
    if (end !== ',') return items;
  }
}

import { describe } from '../describe.js';
import { InputError } from '../errors.js';

/** The name of a text in its source. A whole number beyond 2^53 is a bigint: a number would lose its last digits. */
export type TextId = string | number | bigint;

export const isTextId = (value: unknown): value is TextId =>
  typeof value === 'string' || typeof value === 'bigint' || Number.isSafeInteger(value);

/** An id as JSON, with all its digits. */
export function idAsJson(id: TextId): string {
  return typeof id === 'bigint' ? String(id) : JSON.stringify(id);
}

/**
 * The id of a JSON object at `key`, undefined if there is none.
 *
 * @param json the JSON that the object was parsed from
 * @param where the position of the line, for messages
 * @throws InputError for anything but a string or a whole number
 */
export function idIn(object: object, key: string, json: string, where: string): TextId | undefined {
  const id = (object as Readonly<Record<string, unknown>>)[key];
  if (id === undefined || isTextId(id)) return id;
  const digits = typeof id === 'number' ? wholeNumberAt(key, json) : undefined;
  if (digits !== undefined) return BigInt(digits);
  throw new InputError(
    `${where}: ${JSON.stringify(key)} is ${describe(id)}; expected a string or a whole number`,
  );
}

/** A string with any contents, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** The digits of a long whole number at `key` of a JSON object. JSON.parse leaves strings unchanged. */
function wholeNumberAt(key: string, json: string): string | undefined {
  const quoted = json.replaceAll(TOKEN, (token) => (/^-?\d{16,}$/.test(token) ? `"${token}"` : token));
  const value = (JSON.parse(quoted) as Readonly<Record<string, unknown>>)[key];
  return typeof value === 'string' ? value : undefined;
}

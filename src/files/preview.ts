import { describe } from '../describe.js';
import { quoted } from '../printable.js';

/** A value out of a file in few characters: an error message does not grow with the file, nor speaks to the terminal. */
export function preview(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? quoted(value) : describe(value);
}

import { describe } from '../describe.js';
import { quoted } from '../printable.js';

/**
 * A value from a file in a few characters, so that an error message neither grows with the file nor controls the
 * terminal.
 */
export function preview(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? quoted(value) : describe(value);
}

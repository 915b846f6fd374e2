import { describe } from '../describe.js';

const LONGEST = 60;

/** A value out of a file in few characters: an error message does not grow with the file. */
export function preview(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return describe(value);
  // Escapes keep what is foreign from speaking to the terminal.
  return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
}

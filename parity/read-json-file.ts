import { readFileSync } from 'node:fs';
import { InputError } from '../src/errors.js';

/**
 * The JSON value of a user's file.
 *
 * @throws InputError that names the file if it cannot be read or is not JSON
 */
export function readJsonFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const problem = cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${file} ${problem}: ${why}`, { cause });
  }
}

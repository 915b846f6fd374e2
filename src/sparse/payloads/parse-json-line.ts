import { InputError } from '../../errors.js';
import { jsonFault } from './json-fault.js';

/** @throws InputError naming line and column for a line that is not JSON */
export function parseJsonLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const column = (jsonFault(line) ?? line.length) + 1;
    throw new InputError(`${where}:${column}: no JSON: ${message}`, { cause });
  }
}

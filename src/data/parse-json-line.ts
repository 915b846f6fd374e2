import { InputError } from '../errors.js';
import { jsonFault } from './json-fault.js';

/** @throws InputError naming line and column for a line that is not JSON */
export function parseJsonLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const column = (jsonFault(line) ?? line.length) + 1;
    throw new InputError(`${where}:${column}: not valid JSON: ${message}`, { cause });
  }
}

/**
 * The value of JSON that goes over several lines.
 *
 * @throws InputError naming line and column
 */
export function parseJsonLines(lines: readonly string[], source: string): unknown {
  const text = lines.join('\n');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const before = text.slice(0, jsonFault(text) ?? text.length).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new InputError(`${source}:${before.length}:${column}: not valid JSON: ${message}`, { cause });
  }
}

import { InputError } from '../errors.js';
import { preview } from '../files/preview.js';
import { jsonFault } from './json-fault.js';
import { numberBeyond } from './json-tokens.js';

/** @throws InputError that names line and column if the line is not JSON, or has a number that would be Infinity */
export function parseJsonLine(line: string, where: string): unknown {
  try {
    return finite(JSON.parse(line), line, (at) => `${where}:${at + 1}`);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const column = (jsonFault(line) ?? line.length) + 1;
    throw new InputError(`${where}:${column}: not valid JSON: ${message}`, { cause });
  }
}

/**
 * Parses JSON that spans several lines.
 *
 * @throws InputError that names line and column
 */
export function parseJsonLines(lines: readonly string[], source: string): unknown {
  const text = lines.join('\n');
  const placeOf = (at: number): string => {
    const before = text.slice(0, at).split('\n');
    return `${source}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  };
  try {
    return finite(JSON.parse(text), text, placeOf);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${placeOf(jsonFault(text) ?? text.length)}: not valid JSON: ${message}`, { cause });
  }
}

/** The parsed value, unless a number of the text became Infinity. */
function finite(value: unknown, json: string, placeOf: (at: number) => string): unknown {
  const beyond = numberBeyond(json);
  if (beyond === undefined) return value;
  const told = preview(beyond.number);
  throw new InputError(`${placeOf(beyond.at)}: the number ${told} is too large; expected at most 1.8e308`);
}

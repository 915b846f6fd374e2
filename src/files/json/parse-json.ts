import type { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { FILE_LIMITS } from '../limits.js';
import { checkJson, type JsonRules } from './check-json.js';
import { explainIssue } from './explain-issue.js';

/** It skips a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses JSON text. `source` names the file in errors. A key `__proto__` is an ordinary key and changes no prototype.
 *
 * @throws ModelFileError with line and column
 */
export function parseJson(json: Uint8Array | string, source: string, rules: JsonRules = {}): unknown {
  const text = typeof json === 'string' ? json : decode(json, source, rules);
  checkJson(text, source, rules);
  return JSON.parse(text);
}

/**
 * Parses JSON text and checks it against a schema.
 *
 * @throws ModelFileError with the path inside the JSON, the value there and what was expected
 */
export function parseJsonAs<T>(
  json: Uint8Array | string,
  schema: z.ZodType<T>,
  source: string,
  rules: JsonRules = {},
): T {
  return checkedAs(parseJson(json, source, rules), schema, source);
}

/** @throws ModelFileError as `parseJsonAs` does, for a value that has already been parsed */
export function checkedAs<T>(value: unknown, schema: z.ZodType<T>, source: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ModelFileError(
    `${source}: ${issue === undefined ? 'is not as expected' : explainIssue(issue, value)}`,
  );
}

function decode(bytes: Uint8Array, source: string, { kind = 'tokenizer' }: JsonRules): string {
  const limit = FILE_LIMITS[kind].bytes;
  if (bytes.length > limit) {
    throw new ModelFileError(`${source} has ${bytes.length} bytes; expected JSON of at most ${limit}`);
  }
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new ModelFileError(`${source} is not UTF-8; expected JSON in UTF-8`, { cause });
  }
}

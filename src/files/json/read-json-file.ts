import type { z } from 'zod';
import type { JsonKind } from '../limits.js';
import { readBytes } from '../read-bytes.js';
import { parseJson, checkedAs } from './parse-json.js';

/**
 * Reads a JSON file of a model's folder, within the limits of bytes and values in `FILE_LIMITS`.
 *
 * @throws ModelFileError that names the file; for a syntax error with line and column, for a value that the schema
 *   refuses with its path inside the JSON, the value and what was expected
 */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>, kind: JsonKind = 'config'): T {
  return checkedAs(readAnyJson(path, kind), schema, path);
}

/** Any value in a JSON file of a model's folder. */
export function readAnyJson(path: string, kind: JsonKind = 'config'): unknown {
  return parseJson(readBytes(path, kind), path, { kind });
}

import type { z } from 'zod';
import type { JsonKind } from '../limits.js';
import { readBytes } from '../read-bytes.js';
import { parseJson, checkedAs } from './parse-json.js';

/**
 * Reads a JSON file of a model's folder, of at most as many bytes and values as `FILE_LIMITS` says.
 *
 * @throws ModelFileError naming the file; for a syntax error line and column, for a value that the schema does not take
 * its path inside the JSON, what is there and what was expected
 */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>, kind: JsonKind = 'config'): T {
  return checkedAs(readAnyJson(path, kind), schema, path);
}

/** The value in a JSON file of a model's folder, whatever it is. */
export function readAnyJson(path: string, kind: JsonKind = 'config'): unknown {
  return parseJson(readBytes(path, kind), path, { kind });
}

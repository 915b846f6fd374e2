import type { z } from 'zod';
import { readBytes } from '../read-bytes.js';
import { MAX_JSON_BYTES, parseJsonAs } from './parse-json.js';

/**
 * Reads a JSON file of at most `MAX_JSON_BYTES`.
 *
 * @throws ModelFileError naming the file; for a syntax error line and column, for a value that the schema does not take
 * its path inside the JSON, what is there and what was expected
 */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>): T {
  return parseJsonAs(readBytes(path, 'JSON', MAX_JSON_BYTES), schema, path);
}

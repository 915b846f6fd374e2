import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJsonAs } from '../json/parse-json.js';
import { pythonJson } from '../json/python-json.js';
import { readBytes } from '../read-bytes.js';

export const SENTENCE_TRANSFORMERS_CONFIG_FILE = 'config_sentence_transformers.json';

/** Every key may be missing: older versions wrote fewer. Keys that are not here are kept. */
const sentenceTransformersConfig = z.looseObject({
  /** Versions of the packages that wrote the model, by name. */
  __version__: z.looseObject({ sentence_transformers: z.string().optional() }).optional(),
  /** SentenceTransformer where it is missing. */
  model_type: z.string().optional(),
  prompts: z.record(z.string(), z.string().nullable()).optional(),
  default_prompt_name: z.string().nullable().optional(),
  similarity_fn_name: z.string().nullable().optional(),
  max_active_dims: z.number().int().positive().nullable().optional(),
});

export type SentenceTransformersConfig = z.infer<typeof sentenceTransformersConfig>;

/**
 * What a model says of itself as a whole; undefined for a folder without config_sentence_transformers.json.
 *
 * @throws ModelFileError
 */
export function readSentenceTransformersConfig(folder: string): SentenceTransformersConfig | undefined {
  const path = join(folder, SENTENCE_TRANSFORMERS_CONFIG_FILE);
  if (!existsSync(path)) return undefined;
  return parseSentenceTransformersConfig(readBytes(path, 'config'), path);
}

export function parseSentenceTransformersConfig(
  json: Uint8Array | string,
  source: string = SENTENCE_TRANSFORMERS_CONFIG_FILE,
): SentenceTransformersConfig {
  return parseJsonAs(json, sentenceTransformersConfig, source, { kind: 'config' });
}

/** config_sentence_transformers.json as the reference writes it. */
export function formatSentenceTransformersConfig(config: SentenceTransformersConfig): string {
  return pythonJson(config, { indent: 2, sortKeys: true });
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJsonAs } from '../json/parse-json.js';
import { pythonJson } from '../json/python-json.js';
import { readBytes } from '../read-bytes.js';

export const SENTENCE_TRANSFORMERS_CONFIG_FILE = 'config_sentence_transformers.json';

/** Every key may be missing, since older versions wrote fewer. Unknown keys are kept. */
const sentenceTransformersConfig = z.looseObject({
  /** Versions of the packages that wrote the model, by name. */
  __version__: z.looseObject({ sentence_transformers: z.string().optional() }).optional(),
  /** A missing key means SentenceTransformer. */
  model_type: z.string().optional(),
  prompts: z.record(z.string(), z.string().nullable()).optional(),
  default_prompt_name: z.string().nullable().optional(),
  similarity_fn_name: z.string().nullable().optional(),
  max_active_dims: z.number().int().positive().nullable().optional(),
});

export type SentenceTransformersConfig = z.infer<typeof sentenceTransformersConfig>;

/**
 * The settings of a model as a whole; undefined if the folder has no config_sentence_transformers.json.
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

/** config_sentence_transformers.json in the reference's format. */
export function formatSentenceTransformersConfig(config: SentenceTransformersConfig): string {
  return pythonJson(config, { indent: 2, sortKeys: true });
}

import { z } from 'zod';
import { textWriter } from '../encoder/save.js';
import type { FileWriter } from '../files/folder/write-folder.js';
import { parseJsonAs } from '../files/json/parse-json.js';
import { pythonJson } from '../files/json/python-json.js';
import { TOKENIZER_CONFIG_FILE } from '../tokenizer/files/tokenizer-files.js';
import type { ExportedRoute } from './export-route.js';

const tokenizerConfig = z.record(z.string(), z.unknown());

/**
 * Writers of each tokenizer_config.json with the limit of tokens that the encoder has: other runtimes know neither
 * `max_seq_length` nor the positions of the transformer. None for a tokenizer without this file, or without a limit.
 */
export function tokenizerConfigWriters(routes: readonly ExportedRoute[]): FileWriter[] {
  // Routes may share a tokenizer.
  const texts = new Map<string, string>();
  for (const { input, tokenizerFolder } of routes) {
    const config = input.tokenizer.files.get(TOKENIZER_CONFIG_FILE);
    if (config === undefined || !Number.isFinite(input.maxLength)) continue;
    const path = `${tokenizerFolder}${TOKENIZER_CONFIG_FILE}`;
    const settings = withLimit(parseJsonAs(config, tokenizerConfig, path), input.maxLength);
    texts.set(path, `${pythonJson(settings, { indent: 2, sortKeys: true })}\n`);
  }
  return [...texts].map(([path, text]) => textWriter(path, text));
}

/** transformers reads `model_max_length`; fastembed the smaller of it and `max_length`, which transformers 4 may leave. */
function withLimit(settings: Record<string, unknown>, maxLength: number): Record<string, unknown> {
  return {
    ...settings,
    model_max_length: maxLength,
    ...('max_length' in settings && { max_length: maxLength }),
  };
}

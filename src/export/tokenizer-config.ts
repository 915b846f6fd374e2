import { z } from 'zod';
import { textWriter } from '../encoder/save.js';
import type { FileWriter } from '../files/folder/write-folder.js';
import { parseJsonAs } from '../files/json/parse-json.js';
import { pythonJson } from '../files/json/python-json.js';
import { TOKENIZER_CONFIG_FILE } from '../tokenizer/files/tokenizer-files.js';
import type { ExportedRoute } from './export-route.js';

const tokenizerConfig = z.record(z.string(), z.unknown());

/**
 * Writers of each tokenizer_config.json, changed so that other runtimes make the same tokens as the encoder; see
 * `portable`. There are none for a tokenizer without this file.
 */
export function tokenizerConfigWriters(routes: readonly ExportedRoute[]): FileWriter[] {
  // Routes may share a tokenizer.
  const texts = new Map<string, string>();
  for (const { input, tokenizerFolder } of routes) {
    const config = input.tokenizer.files.get(TOKENIZER_CONFIG_FILE);
    if (config === undefined) continue;
    const path = `${tokenizerFolder}${TOKENIZER_CONFIG_FILE}`;
    const settings = portable(parseJsonAs(config, tokenizerConfig, path), input.maxLength);
    texts.set(path, `${pythonJson(settings, { indent: 2, sortKeys: true })}\n`);
  }
  return [...texts].map(([path, text]) => textWriter(path, text));
}

/**
 * Adds the encoder's limit of tokens, since other runtimes know neither `max_seq_length` nor the positions of the
 * transformer. transformers reads `model_max_length`. fastembed reads the smaller of it and `max_length`, which
 * transformers 4 may leave behind.
 */
function portable(settings: Record<string, unknown>, maxLength: number): Record<string, unknown> {
  const { tokenizer_class: name } = settings;
  // A file without the key has no limit; JSON has no number for it.
  const limit = Number.isFinite(maxLength) ? maxLength : undefined;
  return {
    ...settings,
    model_max_length: limit,
    ...('max_length' in settings && { max_length: limit }),
    // Two names of the same class; transformers 4 knows only the older one.
    ...(name === 'TokenizersBackend' && { tokenizer_class: 'PreTrainedTokenizerFast' }),
  };
}

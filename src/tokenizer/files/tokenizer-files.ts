import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json';

/** What makes a tokenizer, of every sort. */
const TOKENIZER_FILES = [
  'tokenizer.json',
  TOKENIZER_CONFIG_FILE,
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'sentencepiece.bpe.model',
];

/** The bytes of a tokenizer's files by their names, to be written as they are where the model is saved. */
export async function readTokenizerFiles(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of TOKENIZER_FILES) {
    const path = join(folder, name);
    if (existsSync(path)) files.set(name, await readFile(path));
  }
  return files;
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FileKind } from '../../files/limits.js';
import { readBytes } from '../../files/read-bytes.js';

export const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json';

/** The files of all kinds of tokenizers. */
const TOKENIZER_FILES: Readonly<Record<string, FileKind>> = {
  'tokenizer.json': 'tokenizer',
  [TOKENIZER_CONFIG_FILE]: 'config',
  'special_tokens_map.json': 'config',
  'added_tokens.json': 'vocabulary',
  'vocab.txt': 'tokenList',
  'vocab.json': 'vocabulary',
  'merges.txt': 'tokenList',
  'sentencepiece.bpe.model': 'sentencePiece',
};

/** The bytes of a tokenizer's files by name, to be written unchanged when the model is saved. */
export function readTokenizerFiles(folder: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [name, kind] of Object.entries(TOKENIZER_FILES)) {
    const path = join(folder, name);
    if (existsSync(path)) files.set(name, readBytes(path, kind));
  }
  return files;
}

import { createRequire } from 'node:module';
import { assemble } from '../../tokenizer/assemble.js';
import { readTokenizerJson } from '../../tokenizer/files/tokenizer-json.js';
import type { NativeLibrary } from '../../tokenizer/native-library.js';
import { NativeTokenizerAdapter } from '../../tokenizer/native-tokenizer.js';
import type { Tokenizer, TokenizerInput } from '../../tokenizer/tokenizer.js';

const SOURCE = 'tokenizer.json';

const TEXTS: readonly TokenizerInput[] = [
  '',
  'Hello worlds  ab',
  'é 東京 😀 \0\t<mask> [SEP]',
  'aaaaaaaaaaaaaaaaab',
  ['a b', 'hello'],
  ['', ''],
];

/**
 * Makes a tokenizer from the bytes of a tokenizer.json as `loadTokenizer` does, but without the files beside it, and
 * synchronously. Fuzzing calls it. Unexpected input makes the native library end the process.
 *
 * @returns a function that encodes a few texts, which the library does in other threads
 * @throws ModelFileError
 */
export function readTokenizer(bytes: Uint8Array): () => Promise<void> {
  const json = readTokenizerJson(bytes, SOURCE);
  const library = createRequire(import.meta.url)('tokenizers') as NativeLibrary;
  const native = assemble(
    library,
    {
      source: SOURCE,
      json: new TextDecoder().decode(bytes),
      added: json.added_tokens,
      normalizer: json.normalizer,
      postProcessor: undefined,
    },
    [],
    false,
  );
  return async () => {
    const tokenizer: Tokenizer = await NativeTokenizerAdapter.create(native, {
      source: SOURCE,
      paddingToken: undefined,
      unknownToken: undefined,
      specialTokens: [],
      paddingSide: 'right',
      truncationSide: 'right',
      splitSpecialTokens: false,
      modelMaxLength: Infinity,
      modelInputNames: [],
      lowerCase: false,
      files: new Map(),
      split: () => native,
    });
    for (const maxLength of [Infinity, 5000]) {
      const encoded = await tokenizer.encodeBatch(TEXTS, { maxLength, addSpecialTokens: true });
      for (const { ids } of encoded) for (const id of ids) tokenizer.idToToken(id);
    }
  };
}

import { randomUUID } from 'node:crypto';
import { assemble, type Blueprint } from './assemble.js';
import type { AddedTokenJson } from './files/tokenizer-json.js';
import type { NativeLibrary, NativeTokenizer } from './native-library.js';

/**
 * The tokenizer of the blueprint, except that it treats the text of a special token, such as "[MASK]", as plain text:
 * transformers' `split_special_tokens`. The npm package has no such setting, so the special tokens are hidden. Those in
 * the vocabulary are not added. The others are added under names that occur in no text, so that the other ids stay the
 * same.
 *
 * @param full the tokenizer of the blueprint
 */
export function assembleSplitting(
  library: NativeLibrary,
  blueprint: Blueprint,
  toAdd: readonly AddedTokenJson[],
  lowerCase: boolean,
  full: NativeTokenizer,
): NativeTokenizer {
  const secret = randomUUID();
  const vocabulary = full.getVocabSize(false);
  const idOf = (token: string): number => full.tokenToId(token) ?? 0;
  const hide = (tokens: readonly AddedTokenJson[]): AddedTokenJson[] =>
    tokens.flatMap((token) => {
      if (!token.special) return [token];
      const id = idOf(token.content);
      return id < vocabulary ? [] : [{ ...token, content: `${secret}-${id}` }];
    });
  const { json, added, postProcessor } = blueprint;
  const hidden: Blueprint = {
    ...blueprint,
    json: JSON.stringify({ ...(JSON.parse(json) as object), added_tokens: hide(added) }),
    added: hide(added),
    postProcessor: postProcessor && (() => postProcessor(idOf)),
  };
  return assemble(library, hidden, hide(toAdd), lowerCase);
}

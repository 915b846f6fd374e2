import { randomUUID } from 'node:crypto';
import { assemble, type Blueprint } from './assemble.js';
import type { AddedTokenJson } from './files/tokenizer-json.js';
import type { NativeLibrary, NativeTokenizer } from './native-library.js';

/**
 * The tokenizer of the blueprint, but one that takes the text of a special token, such as "[MASK]", for plain text:
 * transformers' `split_special_tokens`. The npm package has no such setting, so the special tokens are hidden: those of
 * the vocabulary are not added, and the others are added under a name that no text has, which keeps the ids of the rest.
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

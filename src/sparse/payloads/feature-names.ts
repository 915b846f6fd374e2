import { InputError } from '../../errors.js';
import type { PayloadTokenizer } from './payload.js';

/** The name of a dimension in an engine that takes tokens. Different dimensions have different names. */
export type FeatureName = (index: number) => string;

/**
 * The token itself. If the token does not identify the dimension (two dimensions share it, or there is none), the name
 * is `_id_<index>`, with more underscores as long as that is a token.
 */
export function tokenNames(tokenizer: PayloadTokenizer): FeatureName {
  return (index) => {
    const token = tokenizer.idToToken(index);
    return token !== undefined && tokenizer.tokenToId(token) === index
      ? token
      : nameByIndex(index, tokenizer);
  };
}

/**
 * As `tokenNames`, but with two underscores for each dot, as in Elasticsearch's own models: a rank_features field
 * accepts no dot in a feature's name, and a sparse_vector field only since version 8.16.
 *
 * With `__` for `.`, two tokens could get the same name. So a token with a dot gets its new name only if it has no
 * underscore and the new name is not a token; otherwise it is `_id_<index>`.
 */
export function tokenNamesWithoutDots(tokenizer: PayloadTokenizer): FeatureName {
  const nameOf = tokenNames(tokenizer);
  return (index) => {
    const token = nameOf(index);
    if (!token.includes('.')) return token;
    const name = token.replaceAll('.', '__');
    return token.includes('_') || tokenizer.tokenToId(name) !== undefined
      ? nameByIndex(index, tokenizer)
      : name;
  };
}

function nameByIndex(index: number, tokenizer: PayloadTokenizer): string {
  let name = `_id_${index}`;
  while (tokenizer.tokenToId(name) !== undefined) name += '_';
  return name;
}

export function requireTokenizer(tokenizer: PayloadTokenizer | undefined, format: string): PayloadTokenizer {
  if (tokenizer !== undefined) return tokenizer;
  throw new InputError(`${format} writes dimensions as tokens; give the model's tokenizer`);
}

import type { Tokenizer } from '../../tokenizer/tokenizer.js';

/** A tokenizer that splits at spaces and drops unknown words. Its first token is for padding. */
export function wordTokenizer(tokens: readonly string[]): Tokenizer {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return {
    encodeBatch: async (texts) =>
      texts.map((text) => {
        const words = [text].flat().flatMap((part) => part.split(' '));
        const known = words.flatMap((word) => ids.get(word) ?? []);
        return { ids: known, typeIds: known.map(() => 0) };
      }),
    idToToken: (id) => tokens[id],
    tokenToId: (token) => ids.get(token),
    vocabularySize: tokens.length,
    paddingId: 0,
    paddingTypeId: 0,
    paddingSide: 'right',
    unknownId: undefined,
    specialIds: new Set(),
    modelMaxLength: Infinity,
    modelInputNames: ['input_ids', 'attention_mask'],
    lowerCase: false,
    files: new Map(),
  };
}

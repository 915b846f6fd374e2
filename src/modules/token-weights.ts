import { counted } from '../counted.js';
import { describe } from '../describe.js';
import { ModelFileError } from '../errors.js';
import { preview } from '../files/preview.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { warn } from '../warnings.js';
import { jsonObject } from './read-config.js';

type Vocabulary = Pick<Tokenizer, 'tokenToId' | 'vocabularySize'>;

const NAMED = 5;

/**
 * A weight for each id of the vocabulary, from a map of tokens to weights such as idf.json. Tokens without an entry
 * weigh 0. Tokens that the tokenizer does not know are ignored with a warning. (The reference gives their weight to the
 * tokenizer's unknown token, and the last of them wins.)
 *
 * @param source the name of the map in errors: its file
 * @throws ModelFileError that names the token whose weight is not a number
 */
export function tokenWeights(json: unknown, tokenizer: Vocabulary, source: string): Float32Array {
  const weights = new Float32Array(tokenizer.vocabularySize);
  const unknown: string[] = [];
  for (const [token, weight] of Object.entries(jsonObject(source, json))) {
    if (typeof weight !== 'number' || !Number.isFinite(Math.fround(weight))) {
      throw new ModelFileError(
        `${source}: the weight of token ${preview(token)} is ${describe(weight)}; expected a finite number`,
      );
    }
    const id = tokenizer.tokenToId(token);
    if (id === undefined) unknown.push(token);
    else if (id < weights.length) weights[id] = weight;
    else {
      throw new ModelFileError(
        `${source}: token ${preview(token)} has the id ${id}; the tokenizer has ${weights.length} ids`,
      );
    }
  }
  if (unknown.length > 0) warn(unknownTokens(unknown, source));
  return weights;
}

function unknownTokens(unknown: readonly string[], source: string): string {
  const named = unknown.slice(0, NAMED).map((token) => preview(token));
  const more = unknown.length > NAMED ? ', ...' : '';
  return `${source} weighs ${counted(unknown.length, 'token')} that the tokenizer does not have (${named.join(', ')}${more}); they are ignored.`;
}

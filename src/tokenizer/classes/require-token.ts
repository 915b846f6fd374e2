import { ModelFileError } from '../../errors.js';
import type { SpecialName } from '../files/settings.js';
import type { SpecialTokens } from './class-rules.js';

/** @throws ModelFileError if the files set a special token to null that the class needs */
export function requireToken(special: SpecialTokens, name: SpecialName): string {
  const token = special[name];
  if (token === undefined) {
    throw new ModelFileError(`${name} in tokenizer_config.json is null; expected a token`);
  }
  return token;
}

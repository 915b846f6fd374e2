import { aString, checkArguments } from '../arguments.js';

const NOT_DECAYED = [/bias/, /layernorm/, /rmsnorm/, /(?:^|\.)norm(?:$|\.)/, /_norm(?:$|\.)/];

/**
 * Whether weight decay applies to the parameter of this name. Biases and the parameters of normalizations are left alone,
 * as the trainer of transformers does it.
 *
 * @param name as `namedParameters()` gives it
 * @throws InputError for what is not a string
 */
export function decaysWeights(name: string): boolean {
  checkArguments('decaysWeights', { name: aString }, { name });
  const lower = name.toLowerCase();
  return NOT_DECAYED.every((pattern) => !pattern.test(lower));
}

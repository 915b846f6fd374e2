import { aString, checkArguments } from '../arguments.js';

const NOT_DECAYED = [/bias/, /layernorm/, /rmsnorm/, /(?:^|\.)norm(?:$|\.)/, /_norm(?:$|\.)/];

/**
 * Whether weight decay applies to the parameter with this name. As in transformers' trainer, biases and the parameters of
 * normalizations do not decay.
 *
 * @param name as `namedParameters()` gives it
 * @throws InputError if the name is not a string
 */
export function decaysWeights(name: string): boolean {
  checkArguments('decaysWeights', { name: aString }, { name });
  const lower = name.toLowerCase();
  return NOT_DECAYED.every((pattern) => !pattern.test(lower));
}

const NOT_DECAYED = [/bias/, /layernorm/, /rmsnorm/, /(?:^|\.)norm(?:$|\.)/, /_norm(?:$|\.)/];

/**
 * Whether weight decay applies to the parameter of this name. Biases and the parameters of normalizations are left alone,
 * as the trainer of transformers does it.
 *
 * @param name as `namedParameters()` gives it
 */
export function decaysWeights(name: string): boolean {
  const lower = name.toLowerCase();
  return NOT_DECAYED.every((pattern) => !pattern.test(lower));
}

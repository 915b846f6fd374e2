import { anObject, checkArguments } from '../arguments.js';
import { InputError } from '../errors.js';
import { numberAbove, numberFrom, type OptionRules, optionError, resolveOptions } from '../options.js';

export interface DocumentFrequencyWeightOptions {
  /** The share of documents at which a weight is 1/2, between 0 and 1. Default 0.1. */
  readonly alpha?: number;
  /** How steep the weight rises there. Default 10. */
  readonly beta?: number;
}

const RULES: OptionRules<Required<DocumentFrequencyWeightOptions>> = {
  alpha: numberAbove(0, 0.1),
  beta: numberFrom(0, 10),
};

const FREQUENCIES = anObject('a list of how many documents have each dimension');

/**
 * The weights of DF-FLOPS: about 0 for dimensions that few documents have, about 1 for those that many have.
 *
 *     x = df / documents,   w = 1 / (1 + (x^(log_alpha 2) - 1)^beta)
 *
 * @param frequencies in how many documents each dimension is active
 * @param documents the number of documents
 * @throws InputError if a frequency is not between 0 and the number of documents
 * @throws OptionError if alpha is not between 0 and 1, or beta is below 0
 * @see Porco et al. (2025), https://arxiv.org/abs/2505.15070, equation of activ(x; alpha, beta)
 */
export function documentFrequencyWeights(
  frequencies: ArrayLike<number>,
  documents: number,
  options: DocumentFrequencyWeightOptions = {},
): Float32Array {
  const { alpha, beta } = resolveOptions('documentFrequencyWeights', RULES, options);
  if (alpha >= 1) {
    throw optionError('documentFrequencyWeights', 'alpha', `is ${alpha}; expected a number between 0 and 1`);
  }
  const exponent = Math.log(2) / Math.log(alpha);
  return mapped('documentFrequencyWeights', frequencies, documents, (frequency) => {
    const share = frequency / documents;
    return 1 / (1 + (share ** exponent - 1) ** beta);
  });
}

/**
 * Inverse document frequencies as BM25 has them, which are never negative.
 *
 *     ln(1 + (documents - df + 0.5) / (df + 0.5))
 *
 * @param frequencies in how many documents each dimension is active
 * @throws InputError if a frequency is not between 0 and the number of documents
 */
export function idfWeights(frequencies: ArrayLike<number>, documents: number): Float32Array {
  return mapped('idfWeights', frequencies, documents, (frequency) =>
    Math.log1p((documents - frequency + 0.5) / (frequency + 0.5)),
  );
}

function mapped(
  caller: string,
  frequencies: ArrayLike<number>,
  documents: number,
  weight: (frequency: number) => number,
): Float32Array {
  checkArguments(caller, { frequencies: FREQUENCIES }, { frequencies });
  if (!(Number.isSafeInteger(documents) && documents > 0)) {
    throw new InputError(`${caller}: documents is ${documents}; expected a whole number of at least 1`);
  }
  return Float32Array.from(frequencies, (frequency, dimension) => {
    if (frequency >= 0 && frequency <= documents) return weight(frequency);
    throw new InputError(
      `${caller}: the frequency of dimension ${dimension} is ${frequency}; expected a number from 0 to ${documents}`,
    );
  });
}

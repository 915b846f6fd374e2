import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { countFrom, flag, nullable, type OptionRules, resolveOptions } from '../options.js';
import type { TokenizerInput } from '../tokenizer/tokenizer.js';
import type { PromptChoice } from './prompts.js';

export interface EncodeOptions extends PromptChoice {
  /** Texts that go through the model together; 32 unless given. */
  readonly batchSize?: number;
  /** Most active dimensions of an embedding, the largest absolute values; null is no limit. Else the model's own limit. */
  readonly maxActiveDims?: number | null;
  /** Whether embeddings are divided by their Euclidean length. */
  readonly normalize?: boolean;
  /** Which route a Router takes. */
  readonly task?: string;
  /** Ends the work between two batches with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told after each batch: texts done, and how many there are (undefined where the input has no end yet). */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Whether a bar is shown on standard error; not where that is no terminal, or with CI set. */
  readonly showProgressBar?: boolean;
}

export interface ResolvedEncodeOptions {
  readonly batchSize: number;
  readonly maxActiveDims: number | null;
  readonly normalize: boolean;
}

const RULES: OptionRules<ResolvedEncodeOptions> = {
  batchSize: countFrom(1, 32),
  maxActiveDims: nullable(countFrom(1)),
  normalize: flag(false),
};

/**
 * @param limit the model's own limit of active dimensions
 * @throws OptionError
 */
export function resolveEncodeOptions(
  { batchSize, maxActiveDims, normalize }: EncodeOptions,
  limit: number | null,
): ResolvedEncodeOptions {
  const own = maxActiveDims === undefined ? limit : maxActiveDims;
  return resolveOptions('encode', RULES, { batchSize, maxActiveDims: own, normalize });
}

/** @throws InputError naming the text that is neither a string nor a pair of strings */
export function checkTexts(texts: readonly TokenizerInput[], first = 0): void {
  texts.forEach((text, index) => {
    const isPair = Array.isArray(text) && text.length === 2 && text.every((part) => typeof part === 'string');
    if (typeof text !== 'string' && !isPair) {
      throw new InputError(
        `texts[${first + index}] is ${describe(text)}; expected a string or a pair of strings`,
      );
    }
  });
}

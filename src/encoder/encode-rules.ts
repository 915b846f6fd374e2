import type { ModuleKwargs } from '../modules/module.js';
import { aFunction, anAbortSignal, aText, countFrom, flag, nullable, type OptionRules } from '../options.js';
import type { ProcessingKwargs } from './processing-kwargs.js';
import type { PromptChoice } from './prompts.js';

export interface EncodeOptions extends PromptChoice {
  /** Texts that go through the model together. Default 32. */
  readonly batchSize?: number;
  /**
   * The most active dimensions of an embedding; those with the largest absolute values stay. null means no limit.
   * Default: the model's limit.
   */
  readonly maxActiveDims?: number | null;
  /** Whether embeddings are divided by their Euclidean length. */
  readonly normalize?: boolean;
  /** The route to take in a Router. */
  readonly task?: string;
  /** Options for the tokenizer. A static embedding ignores them. */
  readonly processingKwargs?: ProcessingKwargs;
  /** Arguments for modules of your own. Each module lists the names that it takes in `forwardKwargs`. */
  readonly moduleKwargs?: ModuleKwargs;
  /**
   * Ends the call at once with the signal's reason. The embeddings of batches that have begun, at most two, are not
   * used.
   */
  readonly signal?: AbortSignal;
  /**
   * Called after each batch with the number of texts done and the total (undefined as long as the input has not ended).
   */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Called for each text that is truncated to the model's limit of tokens, with its position in the input, from 0. */
  readonly onTruncate?: (text: number) => void;
  /** Whether to show a progress bar on standard error. There is none if that is not a terminal, or if CI is set. */
  readonly showProgressBar?: boolean;
}

type Given = { readonly [K in keyof EncodeOptions]-?: EncodeOptions[K] | null };

/** null means "as in the model", for options that need not be given. */
export const ENCODE_RULES = {
  batchSize: countFrom(1, 32),
  maxActiveDims: nullable(countFrom(1)),
  normalize: flag(false),
  prompt: nullable(aText),
  promptName: nullable({ ...aText, written: 'name' }),
  task: nullable(aText),
  processingKwargs: nullable({
    expects: 'an object with text',
    accepts: (value) => typeof value === 'object' && value !== null,
  }),
  moduleKwargs: nullable({
    expects: 'an object of strings, numbers and booleans by name',
    accepts: (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((each) => ['string', 'number', 'boolean'].includes(typeof each)),
  }),
  signal: nullable(anAbortSignal),
  onProgress: nullable(aFunction('a function of the texts done and their number')),
  onTruncate: nullable(aFunction('a function of the position of a text')),
  showProgressBar: flag(false),
} satisfies OptionRules<Given>;

import type { ModuleKwargs } from '../modules/module.js';
import { aFunction, anAbortSignal, aText, countFrom, flag, nullable, type OptionRules } from '../options.js';
import type { ProcessingKwargs } from './processing-kwargs.js';
import type { PromptChoice } from './prompts.js';

export interface EncodeOptions extends PromptChoice {
  /** Texts that go through the model together; 32 unless given. */
  readonly batchSize?: number;
  /** Most active dimensions of an embedding, the largest absolute values; null means no limit. Else the model's own limit. */
  readonly maxActiveDims?: number | null;
  /** Whether embeddings are divided by their Euclidean length. */
  readonly normalize?: boolean;
  /** Which route a Router takes. */
  readonly task?: string;
  /** How the tokenizer is called; a static embedding ignores it. */
  readonly processingKwargs?: ProcessingKwargs;
  /** Arguments of modules of your own, of which each names those that it takes in `forwardKwargs`. */
  readonly moduleKwargs?: ModuleKwargs;
  /** Ends the call at once with its reason. Of the batches that have begun, at most two, the embeddings are not used. */
  readonly signal?: AbortSignal;
  /** Told after each batch: texts done, and how many there are (undefined where the input has no end yet). */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Told of each text that is cut to the model's limit of tokens: its place in the input, from 0. */
  readonly onTruncate?: (text: number) => void;
  /** Whether a bar is shown on standard error; not where that is not a terminal, or with CI set. */
  readonly showProgressBar?: boolean;
}

type Given = { readonly [K in keyof EncodeOptions]-?: EncodeOptions[K] | null };

/** null says "as the model has it", for those that may be left out. */
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
  onTruncate: nullable(aFunction('a function of the place of a text')),
  showProgressBar: flag(false),
} satisfies OptionRules<Given>;

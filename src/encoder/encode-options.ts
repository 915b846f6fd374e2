import { OptionError } from '../errors.js';
import {
  aFunction,
  anAbortSignal,
  aText,
  countFrom,
  flag,
  nullable,
  type OptionRules,
  resolveOptions,
} from '../options.js';
import { openProgress } from '../progress.js';
import type { ModuleKwargs } from '../modules/module.js';
import { type ProcessingKwargs, resolveProcessingKwargs } from './processing-kwargs.js';
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

export interface ResolvedEncodeOptions extends PromptChoice {
  readonly batchSize: number;
  readonly maxActiveDims: number | null;
  readonly normalize: boolean;
  readonly task?: string;
  readonly processingKwargs: ProcessingKwargs;
  readonly moduleKwargs?: ModuleKwargs;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly onTruncate?: (text: number) => void;
  readonly showProgressBar: boolean;
}

type Given = { readonly [K in keyof EncodeOptions]-?: EncodeOptions[K] | null };

/** null says "as the model has it", for those that may be left out. */

const RULES: OptionRules<Given> = {
  batchSize: countFrom(1, 32),
  maxActiveDims: nullable(countFrom(1)),
  normalize: flag(false),
  prompt: nullable(aText),
  promptName: nullable(aText),
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
};

/**
 * @param limit the model's own limit of active dimensions
 * @throws OptionError for options that are unknown or of the wrong kind
 */
export function resolveEncodeOptions(options: EncodeOptions, limit: number | null): ResolvedEncodeOptions {
  const given = resolveOptions('encode', RULES, options);
  const { maxActiveDims } =
    options?.maxActiveDims === undefined ? resolveOptions('encode', RULES, { maxActiveDims: limit }) : given;
  const processingKwargs = resolveProcessingKwargs('encode', given.processingKwargs ?? {});
  return Object.fromEntries(
    Object.entries({ ...given, maxActiveDims, processingKwargs }).filter(
      ([name, value]) => value !== null || name === 'maxActiveDims',
    ),
  ) as unknown as ResolvedEncodeOptions;
}

/** @throws OptionError for more active dimensions than a sparse auto-encoder has latents */
export function checkActiveDims(owner: string, maxActiveDims: number | null, latents: number): void {
  if (maxActiveDims === null || maxActiveDims <= latents) return;
  throw new OptionError(
    `${owner}: maxActiveDims is ${maxActiveDims}; expected at most ${latents}, the latents of the model's SparseAutoEncoder`,
  );
}

/** Does some work that tells how many texts are done, and hands that on as the options ask for. */
export async function withProgress<T>(
  total: number,
  { onProgress, showProgressBar }: Pick<ResolvedEncodeOptions, 'onProgress' | 'showProgressBar'>,
  work: (onBatch: (texts: number) => void) => Promise<T>,
): Promise<T> {
  const progress = showProgressBar ? openProgress(total) : undefined;
  let done = 0;
  try {
    return await work((count) => {
      done += count;
      onProgress?.(done, total);
      progress?.advance('texts', count);
    });
  } finally {
    progress?.stop();
  }
}

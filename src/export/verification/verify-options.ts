import { aRetrievalTask, type RetrievalTask } from '../../evaluation/retrieval-task.js';
import {
  aFunction,
  nullable,
  oneOf,
  type OptionRule,
  type OptionRules,
  resolveGiven,
  strings,
} from '../../options.js';
import { type Precision, PRECISIONS } from '../formats.js';

export interface VerifyOptions {
  /** Texts to verify the files on, besides the built-in ones. */
  readonly texts?: readonly string[];
  /** The precision to judge the files by. Default: as they claim, or as their contents show. */
  readonly precision?: Precision;
  /** The route of a Router that a single file stands for. */
  readonly route?: string;
  /** The name of the encoder in the certificate. */
  readonly source?: string;
  /** A task on which to compare the rankings of both as well. */
  readonly retrieval?: RetrievalTask;
  /** Called with the present step, and the share of the whole that is done. */
  readonly onProgress?: (what: string, done: number) => void;
  /**
   * Called for each of `texts` that is truncated to the encoder's limit of tokens, with its position, from 0. If the
   * encoder has several routes, each of them verifies all texts, so it may be called for a text more than once.
   */
  readonly onTruncate?: (text: number) => void;
}

export const aName: OptionRule<string> = {
  expects: 'a string that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
  written: 'name',
};

export const aProgress = aFunction<NonNullable<VerifyOptions['onProgress']>>(
  'a function of what is done and the share that is done',
);

export const aTruncation = aFunction<NonNullable<VerifyOptions['onTruncate']>>(
  'a function of the position of a text',
);

type Given = { readonly [K in keyof VerifyOptions]-?: VerifyOptions[K] | null };

export const VERIFY_RULES: OptionRules<Given> = {
  texts: strings([]),
  precision: nullable(oneOf(Object.keys(PRECISIONS) as Precision[])),
  route: nullable(aName),
  source: nullable(aName),
  retrieval: nullable(aRetrievalTask),
  onProgress: nullable(aProgress),
  onTruncate: nullable(aTruncation),
};

/** @throws OptionError if an option is unknown or of the wrong type */
export function resolveVerifyOptions(options: VerifyOptions): VerifyOptions {
  return resolveGiven<VerifyOptions>('verifyOnnx', VERIFY_RULES, options);
}

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
  /** Texts to try the files on, besides those that every file is tried on. */
  readonly texts?: readonly string[];
  /** By what the files are judged; unless given, what they say or what is in them. */
  readonly precision?: Precision;
  /** Route of a Router that a single file stands for. */
  readonly route?: string;
  /** What the certificate calls the encoder. */
  readonly source?: string;
  /** On which the rankings of both are compared, too. */
  readonly retrieval?: RetrievalTask;
  /** Told what is being done, and which share of the whole is. */
  readonly onProgress?: (what: string, done: number) => void;
  /**
   * Told of each of `texts` that is cut to the encoder's limit of tokens: its place, from 0. Of an encoder with several
   * routes, each of which tries all texts, it may be told of a text more than once.
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
  'a function of the place of a text',
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

/** @throws OptionError for options that are unknown or of the wrong kind */
export function resolveVerifyOptions(options: VerifyOptions): VerifyOptions {
  return resolveGiven<VerifyOptions>('verifyOnnx', VERIFY_RULES, options);
}

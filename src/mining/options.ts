import { counted } from '../counted.js';
import {
  aFunction,
  anAbortSignal,
  aText,
  countFrom,
  flag,
  nullable,
  number,
  oneOf,
  optionError,
  type OptionRules,
  resolveOptions,
  strings,
} from '../options.js';

export const MINED_FORMATS = ['triplet', 'n-tuple', 'labeled-pair', 'labeled-list'] as const;
export type MinedFormat = (typeof MINED_FORMATS)[number];

/** Scores of documents for a query, such as a cross-encoder's. undefined leaves a candidate out. */
export type ScoreDocuments = (
  query: string,
  documents: readonly string[],
) => readonly (number | undefined)[] | Promise<readonly (number | undefined)[]>;

export interface MiningOptions {
  /** The column of the queries. Default: the first column. */
  readonly anchorColumnName?: string | null;
  /** The column of the positives. Default: the second column. */
  readonly positiveColumnName?: string | null;
  /** Texts that can be negatives, besides the positives of all queries. */
  readonly corpus?: readonly string[] | null;
  /**
   * Scores the candidates and positives again; limits and order then follow these scores. (The reference asks its
   * cross-encoder only if there is a limit.)
   */
  readonly crossEncoder?: ScoreDocuments | null;
  /** Skips this many of the candidates that are left after all limits, the best ones. Default 0. */
  readonly rangeMin?: number;
  /**
   * How many candidates are considered, those skipped included. Default: rangeMin + numNegatives + the largest number of
   * positives of a query, with ten times numNegatives if limits may remove candidates.
   */
  readonly rangeMax?: number | null;
  /** Negatives score at most this. */
  readonly maxScore?: number | null;
  /** Negatives score at least this. */
  readonly minScore?: number | null;
  /** Negatives score at most p - absoluteMargin, where p is the lowest score of the query's positives. */
  readonly absoluteMargin?: number | null;
  /** Negatives score at most p - |p| * relativeMargin, where p is the lowest score of the query's positives. */
  readonly relativeMargin?: number | null;
  /** Negatives of each query. Default 3. */
  readonly numNegatives?: number;
  /** The candidates with the highest scores, or random ones. Default "top". */
  readonly samplingStrategy?: 'top' | 'random';
  /** For random sampling: the same seed gives the same negatives. Default 42. */
  readonly seed?: number;
  readonly queryPrompt?: string | null;
  readonly queryPromptName?: string | null;
  readonly corpusPrompt?: string | null;
  readonly corpusPromptName?: string | null;
  /** Lets positives be candidates, too, for a full ranking. The format is then n-tuple. */
  readonly includePositives?: boolean;
  /** Default "triplet". */
  readonly outputFormat?: MinedFormat | null;
  /** Whether rows hold scores. In the labeled formats they replace the labels. */
  readonly outputScores?: boolean;
  /** What scores compare: dot products, or cosines. Default: what the model compares by. */
  readonly similarityFnName?: 'dot' | 'cosine' | null;
  /** Texts that go through the model together. Default 32. */
  readonly batchSize?: number;
  /** The most active dimensions of an embedding. Default: the model's limit. */
  readonly maxActiveDims?: number | null;
  /** A folder that keeps the encoded corpus for other calls and for runs that were interrupted. */
  readonly cacheFolder?: string | null;
  /** Whether to show progress bars on standard error. Default false. */
  readonly showProgressBar?: boolean;
  /** Ends the mining with the signal's reason. */
  readonly signal?: AbortSignal | null;
}

export const MINING_RULES: OptionRules<Required<MiningOptions>> = {
  anchorColumnName: nullable({ ...aText, written: 'name' }),
  positiveColumnName: nullable({ ...aText, written: 'name' }),
  corpus: nullable(strings()),
  crossEncoder: nullable(
    aFunction<ScoreDocuments>('a function of a query and documents that returns scores'),
  ),
  rangeMin: countFrom(0, 0),
  rangeMax: nullable(countFrom(1)),
  maxScore: nullable(number()),
  minScore: nullable(number()),
  absoluteMargin: nullable(number()),
  relativeMargin: nullable(number()),
  numNegatives: countFrom(1, 3),
  samplingStrategy: oneOf(['top', 'random'], 'top'),
  seed: countFrom(0, 42),
  queryPrompt: nullable(aText),
  queryPromptName: nullable({ ...aText, written: 'name' }),
  corpusPrompt: nullable(aText),
  corpusPromptName: nullable({ ...aText, written: 'name' }),
  includePositives: flag(false),
  outputFormat: nullable(oneOf(MINED_FORMATS)),
  outputScores: flag(false),
  similarityFnName: nullable(oneOf(['dot', 'cosine'])),
  batchSize: countFrom(1, 32),
  maxActiveDims: nullable(countFrom(1)),
  cacheFolder: nullable({ ...aText, written: 'name' }),
  showProgressBar: flag(false),
  signal: nullable(anAbortSignal),
};

type Resolved = Required<MiningOptions>;
export type ResolvedMiningOptions = Omit<Resolved, 'outputFormat'> & { readonly outputFormat: MinedFormat };

/** @throws OptionError for options that are unknown, of the wrong type, or contradict each other */
export function resolveMiningOptions(options: MiningOptions): ResolvedMiningOptions {
  const resolved = resolveOptions<Resolved>(OWNER, MINING_RULES, options);
  const { includePositives, outputFormat } = resolved;
  if (includePositives && outputFormat !== null && outputFormat !== 'n-tuple') {
    throw optionError(
      OWNER,
      'outputFormat',
      `is "${outputFormat}"; expected "n-tuple", which keeps the ranking, if positives are included`,
    );
  }
  return { ...resolved, outputFormat: outputFormat ?? (includePositives ? 'n-tuple' : 'triplet') };
}

/**
 * How many candidates of each query are considered.
 *
 * @param mostPositives the largest number of rows of one query
 * @throws OptionError if they are too few for the negatives
 */
export function candidateRange(options: ResolvedMiningOptions, mostPositives: number): number {
  const { rangeMin, rangeMax, numNegatives } = options;
  const last = rangeMax ?? rangeMin + numNegatives * (mayRemove(options) ? 10 : 1) + mostPositives;
  if (last - rangeMin >= numNegatives) return last;
  const left = counted(Math.max(0, last - rangeMin), 'candidate');
  throw optionError(
    OWNER,
    'rangeMax',
    `is ${last}, which leaves ${left} after the first ${rangeMin}; expected at least ${rangeMin + numNegatives}, for ${counted(numNegatives, 'negative')}`,
  );
}

function mayRemove({
  absoluteMargin,
  relativeMargin,
  maxScore,
  minScore,
  crossEncoder,
}: ResolvedMiningOptions): boolean {
  const limits = [absoluteMargin, relativeMargin, maxScore, crossEncoder === null ? null : minScore];
  return limits.some((limit) => limit !== null);
}

export const OWNER = 'mineHardNegatives';

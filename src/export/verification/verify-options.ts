import {
  aFunction,
  nullable,
  oneOf,
  type OptionRule,
  type OptionRules,
  resolveGiven,
} from '../../options.js';
import { type Precision, PRECISIONS } from '../formats.js';
import type { RetrievalTask } from './compare-rankings.js';

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
}

export const aName: OptionRule<string> = {
  expects: 'a string that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
};

const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

export const someTexts: OptionRule<readonly string[]> = {
  default: [],
  expects: 'a list of strings',
  accepts: areTexts,
};

export const aRetrievalTask: OptionRule<RetrievalTask> = {
  expects:
    'queries, documents and, for each query, the set of the places of its relevant documents, which one query has at least',
  accepts: isTask,
};

export const aProgress = aFunction<NonNullable<VerifyOptions['onProgress']>>(
  'a function of what is done and the share that is done',
);

function isTask(value: unknown): boolean {
  const { queries, documents, relevant } = (value ?? {}) as { readonly [K in keyof RetrievalTask]?: unknown };
  if (!areTexts(queries) || !areTexts(documents) || !Array.isArray(relevant)) return false;
  const isPlace = (place: unknown): boolean =>
    Number.isInteger(place) && (place as number) >= 0 && (place as number) < documents.length;
  return (
    relevant.length === queries.length &&
    relevant.every((each) => each instanceof Set && [...each].every(isPlace)) &&
    relevant.some((each: ReadonlySet<number>) => each.size > 0)
  );
}

const RULES: OptionRules<{ readonly [K in keyof VerifyOptions]-?: VerifyOptions[K] | null }> = {
  texts: someTexts,
  precision: nullable(oneOf(Object.keys(PRECISIONS) as Precision[])),
  route: nullable(aName),
  source: nullable(aName),
  retrieval: nullable(aRetrievalTask),
  onProgress: nullable(aProgress),
};

/** @throws OptionError for options that are unknown or of the wrong kind */
export function resolveVerifyOptions(options: VerifyOptions): VerifyOptions {
  return resolveGiven<VerifyOptions>('verifyOnnx', RULES, options);
}

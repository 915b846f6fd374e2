import { isObject } from '../arguments.js';
import { countFrom, flag, nullable, number, oneOf, type OptionRule, type OptionRules } from '../options.js';
import type { SkippedRows } from './check-rows.js';
import type { RouterMapping, TrainingPrompts } from './column-settings.js';
import type { Row } from './dataset.js';
import type { LabelShape } from './labels.js';
import { ON_ERROR, type OnError } from './on-error.js';
import type { MakeBatchSampler } from './samplers/batch-sampler.js';
import {
  BATCH_SAMPLERS,
  type BatchSamplerName,
  MULTI_DATASET_BATCH_SAMPLERS,
  type MultiDatasetBatchSamplerName,
} from './samplers/catalog.js';
import type { ShuffleBuffer } from './shuffle-buffer.js';
import type { BatchSettings, TrainingBatch } from './training-batch.js';
import type { TrainingColumns } from './training-columns.js';

export interface TrainingDataOptions {
  /** Rows per batch. Default 8. */
  readonly batchSize?: number;
  /** Whether to leave out a last batch with fewer rows. Default false. */
  readonly dropLast?: boolean;
  /** Which rows make a batch: one of `BATCH_SAMPLERS`, or a function that makes a sampler. Default `batch_sampler`. */
  readonly batchSampler?: BatchSamplerName | MakeBatchSampler;
  /** How batches are drawn from several data sets. Default `proportional`. */
  readonly multiDatasetBatchSampler?: MultiDatasetBatchSamplerName;
  /** The seed of everything that is random. Default 42. */
  readonly seed?: number;
  /** Prompts to put before texts: for all columns, by column, by data set, or by data set and column. Default: none. */
  readonly prompts?: TrainingPrompts | null;
  /** The route of a Router for each column: by column, or by data set and column. */
  readonly routerMapping?: RouterMapping | null;
  /** Whether a row that cannot be trained on ends the run, or is skipped and counted. Default `stop`. */
  readonly onError?: OnError;
  /** How many rows of a stream to hold for shuffling; null keeps their order. Default: 10,000 rows, up to 64 MiB. */
  readonly shuffleBuffer?: ShuffleBuffer | null;
}

/** The properties of a data set that training uses. */
export interface DatasetFacts {
  /** The name, if there are several data sets. */
  readonly name: string | undefined;
  readonly columns: TrainingColumns;
  /** undefined without labels */
  readonly labelShape: LabelShape | undefined;
  /** The number of rows that are trained on; undefined for a stream. */
  readonly rows: number | undefined;
}

/** Data sets that are open for training. */
export interface TrainingData {
  readonly datasets: readonly DatasetFacts[];
  /** The number of batches in an epoch; undefined for a stream. With `no_duplicates` it is an estimate, as in the reference. */
  readonly length: number | undefined;
  /** The skipped rows. For a stream, those skipped so far. */
  readonly skipped: SkippedRows;
  /** The first rows of a data set, at most `count`. A stream is read only in training, so it returns none. */
  firstRows(dataset: number, count: number): Promise<readonly Row[]>;
  /**
   * The batches of an epoch, from one of them on. Every call returns the same batches, so a run needs only these two numbers
   * to resume where it was.
   *
   * @param epoch from 0
   * @param from the first batch to return, from 0
   * @throws InputError if a row of a stream cannot be trained on, or if a file was changed
   */
  batches(epoch: number, from?: number): AsyncGenerator<TrainingBatch>;
  /** Closes the files. */
  close(): Promise<void>;
}

export type ResolvedDataOptions = Required<TrainingDataOptions>;

const MAPPING = 'an object of names and texts, or of names and such objects';

export const TRAINING_DATA_RULES: OptionRules<Required<TrainingDataOptions>> = {
  batchSize: countFrom(1, 8),
  dropLast: flag(false),
  batchSampler: samplerRule(),
  multiDatasetBatchSampler: oneOf(namesOf(MULTI_DATASET_BATCH_SAMPLERS), 'proportional'),
  seed: number(42),
  prompts: nullable({
    expects: `a text, or ${MAPPING}`,
    accepts: (value) => typeof value === 'string' || isMapping(value),
  }),
  routerMapping: nullable({ expects: MAPPING, accepts: isMapping }),
  onError: oneOf(ON_ERROR, 'stop'),
  shuffleBuffer: {
    ...nullable<ShuffleBuffer>({
      expects: 'an object with rows and bytes, whole numbers of at least 1',
      accepts: (value) =>
        isObject(value) &&
        [Reflect.get(value, 'rows'), Reflect.get(value, 'bytes')].every(
          (most) => Number.isSafeInteger(most) && (most as number) >= 1,
        ),
    }),
    default: { rows: 10_000, bytes: 2 ** 26 },
  },
};

export function batchSettings(
  { prompts, routerMapping }: ResolvedDataOptions,
  name: string | undefined,
): BatchSettings {
  return {
    ...(prompts !== null && { prompts }),
    ...(routerMapping !== null && { routerMapping }),
    ...(name !== undefined && { dataset: name }),
  };
}

export const whereOf = (name: string | undefined): string =>
  name === undefined ? 'the data set' : `the data set "${name}"`;

function isMapping(value: unknown): boolean {
  const isTexts = (each: unknown): boolean =>
    isObject(each) && Object.values(each).every((text) => typeof text === 'string');
  return isObject(value) && Object.values(value).every((each) => typeof each === 'string' || isTexts(each));
}

function namesOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}

function samplerRule(): OptionRule<BatchSamplerName | MakeBatchSampler> {
  const named = oneOf(namesOf(BATCH_SAMPLERS), 'batch_sampler');
  return {
    default: 'batch_sampler',
    expects: `${named.expects}, or a function that makes a sampler`,
    accepts: (value) => typeof value === 'function' || named.accepts(value),
  };
}

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
  /** Rows of a batch. Default 8. */
  readonly batchSize?: number;
  /** Whether a last batch of fewer rows is left out. Default false. */
  readonly dropLast?: boolean;
  /** Which rows make a batch: one of `BATCH_SAMPLERS`, or a function that makes a sampler. Default `batch_sampler`. */
  readonly batchSampler?: BatchSamplerName | MakeBatchSampler;
  /** Which of several data sets a batch is of. Default `proportional`. */
  readonly multiDatasetBatchSampler?: MultiDatasetBatchSamplerName;
  /** Decides everything that is random. Default 42. */
  readonly seed?: number;
  /** What is put before texts: for all columns, by column, by data set, or by data set and column. Default: nothing. */
  readonly prompts?: TrainingPrompts | null;
  /** Which route of a Router each column takes, by column, or by data set and column. */
  readonly routerMapping?: RouterMapping | null;
  /** Whether a row that cannot be trained on ends the run, or is left out and counted. Default `stop`. */
  readonly onError?: OnError;
  /** How many rows of a stream are held to be shuffled; null keeps their order. Default 10,000 rows of 64 MiB. */
  readonly shuffleBuffer?: ShuffleBuffer | null;
}

/** What training knows of a data set. */
export interface DatasetFacts {
  /** Where there are several. */
  readonly name: string | undefined;
  readonly columns: TrainingColumns;
  /** undefined without labels */
  readonly labelShape: LabelShape | undefined;
  /** Rows that are trained on; undefined for a stream. */
  readonly rows: number | undefined;
}

/** Data sets that were opened for training. */
export interface TrainingData {
  readonly datasets: readonly DatasetFacts[];
  /** How many batches an epoch has; undefined for a stream. With `no_duplicates` it is an estimate, as in the reference. */
  readonly length: number | undefined;
  /** Rows that were left out: of a stream those so far. */
  readonly skipped: SkippedRows;
  /** The first rows that a data set is trained on, at most so many; none of a stream, which is read only in training. */
  firstRows(dataset: number, count: number): Promise<readonly Row[]>;
  /**
   * The batches of an epoch from one of them on: the same ones at every call. So the two numbers are all that a run needs
   * to go on where it was.
   *
   * @param epoch from 0
   * @param from the first batch that is given, from 0
   * @throws InputError for a row of a stream that cannot be trained on, and for a file that was changed
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

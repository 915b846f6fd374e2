import { type ArgumentRule, checkArguments, isObject } from '../arguments.js';
import { InputError } from '../errors.js';
import { resolveOptions } from '../options.js';
import { checkRows, RowErrors } from './check-rows.js';
import { checkSettings } from './check-settings.js';
import { type Dataset, isDataset, type IterableDataset, placeIn } from './dataset.js';
import type { BatchSampler, SamplerSettings } from './samplers/batch-sampler.js';
import { BATCH_SAMPLERS, MULTI_DATASET_BATCH_SAMPLERS } from './samplers/catalog.js';
import type { DatasetBatch } from './samplers/multi-dataset.js';
import { seededPermutations } from './samplers/permutations.js';
import { streamBatches } from './stream-batches.js';
import { type TrainingBatch, trainingBatch } from './training-batch.js';
import { trainingColumns } from './training-columns.js';
import {
  batchSettings,
  type DatasetFacts,
  type ResolvedDataOptions,
  TRAINING_DATA_RULES,
  type TrainingData,
  type TrainingDataOptions,
  whereOf,
} from './training-data-options.js';

export type TrainingSource = Dataset | IterableDataset | Readonly<Record<string, Dataset>>;

const SOURCE: ArgumentRule = {
  expects: 'a data set, a stream of rows, or an object of data sets by name',
  accepts: (value) => isDataset(value) || isStream(value) || (isObject(value) && !Array.isArray(value)),
};

/**
 * Opens data sets for training. Every row is read once, so that a bad row is found before training begins. The rows of a
 * stream are checked as they arrive. Files stay open until `close`.
 *
 *     const data = await openTrainingData(
 *       { pairs: await readDataset('pairs.jsonl'), scored: await readDataset('scored.csv') },
 *       { batchSize: 32, batchSampler: 'no_duplicates', prompts: { pairs: { anchor: 'query: ' } } },
 *     );
 *     for await (const batch of data.batches(0)) console.log(batch.dataset, batch.texts);
 *     await data.close();
 *
 * @throws InputError if data cannot be trained on, with file, line, column, the value and what was expected
 * @throws OptionError if an option is unknown, has the wrong type, or names columns that do not exist
 */
export async function openTrainingData(
  source: TrainingSource,
  options: TrainingDataOptions = {},
): Promise<TrainingData> {
  checkArguments('openTrainingData', { source: SOURCE }, { source });
  const resolved = resolveOptions('openTrainingData', TRAINING_DATA_RULES, options);
  if (isStream(source)) return await streamBatches(source, resolved);
  const named = isDataset(source) ? [[undefined, source] as const] : Object.entries(source);
  if (named.length === 0) {
    throw new InputError('openTrainingData: there are no data sets; expected at least one');
  }
  const errors = new RowErrors(resolved.onError);
  const opened: OpenedDataset[] = [];
  for (const [place, [name, dataset]] of named.entries()) {
    opened.push(await openDataset(name, dataset, resolved, errors, place));
  }
  const facts = opened.map((each) => each.facts);
  checkSettings(facts, resolved);
  const multi = MULTI_DATASET_BATCH_SAMPLERS[resolved.multiDatasetBatchSampler](
    opened.map(({ sampler }) => sampler),
    seededPermutations(resolved.seed, named.length),
  );
  const [only] = opened;
  return {
    datasets: facts,
    length: opened.length === 1 ? only?.sampler.length : multi.length,
    skipped: errors,
    firstRows: async (place, count) => {
      const { dataset } = opened[place] as OpenedDataset;
      const length = Math.min(count, dataset.length);
      return await dataset.rows(Array.from({ length }, (_, row) => row));
    },
    async *batches(epoch, from = 0) {
      const order = opened.length === 1 ? alone(only?.sampler.batches(epoch) ?? []) : multi.batches(epoch);
      let place = 0;
      for (const { dataset, indices } of order) {
        if (place++ >= from) yield await batchOf(opened[dataset] as OpenedDataset, indices, resolved);
      }
    },
    close: async () => {
      for (const { dataset } of opened) await dataset.close?.();
    },
  };
}

interface OpenedDataset {
  readonly dataset: Dataset;
  readonly facts: DatasetFacts;
  readonly sampler: BatchSampler;
}

async function openDataset(
  name: string | undefined,
  given: Dataset,
  options: ResolvedDataOptions,
  errors: RowErrors,
  place: number,
): Promise<OpenedDataset> {
  const where = whereOf(name);
  if (!isDataset(given)) {
    throw new InputError(
      isStream(given)
        ? `${where} is a stream of rows; of several data sets each must have a length`
        : `${where} is not a data set; expected what arrayDataset or readDataset returns`,
    );
  }
  const columns = trainingColumns(given.columns, where);
  if (given.length === 0) throw new InputError(`${where} has no rows; expected at least one`);
  const { dataset, labelShape } = await checkRows(given, columns, errors);
  const { batchSize, dropLast, batchSampler, seed } = options;
  const settings: SamplerSettings = { batchSize, dropLast, permutations: seededPermutations(seed, place) };
  const make = typeof batchSampler === 'string' ? BATCH_SAMPLERS[batchSampler] : batchSampler;
  const sampler = await make(dataset, settings);
  return { dataset, facts: { name, columns, labelShape, rows: dataset.length }, sampler };
}

async function batchOf(
  { dataset, facts }: OpenedDataset,
  indices: readonly number[],
  options: ResolvedDataOptions,
): Promise<TrainingBatch> {
  const rows = await dataset.rows(indices);
  return trainingBatch(rows, facts.columns, batchSettings(options, facts.name), (row) =>
    placeIn(dataset, indices[row] ?? row),
  );
}

function* alone(batches: Iterable<readonly number[]>): Generator<DatasetBatch> {
  for (const indices of batches) yield { dataset: 0, indices };
}

function isStream(value: unknown): value is IterableDataset {
  return isObject(value) && typeof Reflect.get(value, 'open') === 'function';
}

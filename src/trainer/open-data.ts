import { checkRouterMapping } from '../datasets/check-router-mapping.js';
import { checkLossFits } from '../datasets/fitting-losses.js';
import type { MakeBatchSampler } from '../datasets/samplers/batch-sampler.js';
import type { TrainingData, TrainingDataOptions } from '../datasets/training-data-options.js';
import { openTrainingData, type TrainingSource } from '../datasets/training-data.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import { OptionError, UsageError } from '../errors.js';
import { lossesIn, lossFor, type TrainerLoss } from './losses.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** Batches of all rows in order. */
const inOrder: MakeBatchSampler = ({ length: rows }, { batchSize }) => {
  const length = Math.ceil(rows / batchSize);
  return {
    length,
    *batches() {
      for (let begin = 0; begin < rows; begin += batchSize) {
        yield Array.from({ length: Math.min(batchSize, rows - begin) }, (_, row) => begin + row);
      }
    },
  };
};

interface Purpose {
  readonly model: SparseEncoder;
  readonly loss: TrainerLoss;
  readonly args: ResolvedTrainingArguments;
}

/**
 * @throws InputError for data that the loss does not take, listing the losses that do
 * @throws OptionError if losses by name do not cover every data set, or if a Router has no routerMapping
 */
export async function openTrainData(source: TrainingSource, purpose: Purpose): Promise<TrainingData> {
  const { args } = purpose;
  return await open(source, purpose, {
    batchSize: args.perDeviceTrainBatchSize,
    dropLast: args.dataloaderDropLast,
    batchSampler: args.batchSampler,
    multiDatasetBatchSampler: args.multiDatasetBatchSampler,
    seed: args.dataSeed ?? args.seed,
  });
}

/** All rows in order, one data set after another. Throws the same errors as `openTrainData`. */
export async function openEvalData(source: TrainingSource, purpose: Purpose): Promise<TrainingData> {
  if ('open' in source) {
    throw new UsageError('the trainer: evalDataset is a stream; expected data sets of known length');
  }
  return await open(source, purpose, {
    batchSize: purpose.args.perDeviceEvalBatchSize,
    batchSampler: inOrder,
  });
}

async function open(
  source: TrainingSource,
  { model, loss, args }: Purpose,
  options: TrainingDataOptions,
): Promise<TrainingData> {
  const { prompts, routerMapping, onError } = args;
  checkRouterMapping(model, routerMapping, 'the training arguments');
  const data = await openTrainingData(source, { ...options, prompts, routerMapping, onError });
  try {
    for (const { name, columns, labelShape } of data.datasets) {
      const where = name === undefined ? 'the data set' : `the data set "${name}"`;
      checkLossFits(lossFor(loss, name), { columns: columns.inputs.length, labelShape }, where);
    }
    const unknown = lossesIn(loss).find(
      ([name]) => name !== undefined && !data.datasets.some((each) => each.name === name),
    );
    if (unknown !== undefined) {
      throw new OptionError(`the trainer: loss has "${unknown[0]}", which is not a data set`);
    }
    return data;
  } catch (error) {
    await data.close();
    throw error;
  }
}

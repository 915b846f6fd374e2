import type { TrainingData } from '../datasets/training-data-options.js';
import { UsageError } from '../errors.js';
import type { BoundOptimizer } from '../training/bound-optimizer.js';
import { newestCheckpoint, readOptimizerState, requireWhole } from './checkpoint.js';
import type { SavedState } from './saved-state.js';
import { statefulCallbacks } from './stateful-callbacks.js';
import type { SparseEncoderTrainer } from './trainer.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/**
 * The folder of the checkpoint to resume from: the one that was asked for, or the newest whole one. Its files are compared
 * with their hashes here, and nowhere else.
 *
 * @throws InputError if the checkpoint is not whole
 */
export async function resumedFolder(
  { outputDir }: ResolvedTrainingArguments,
  asked: string | boolean,
): Promise<string | undefined> {
  if (asked === false) return undefined;
  if (asked !== true) return await requireWhole(asked);
  if (outputDir === null) throw new UsageError('the trainer has no outputDir to resume from');
  return await newestCheckpoint(outputDir);
}

/** Restores the optimizer, the random numbers and the callbacks from a checkpoint. */
export function takeTrainerState(
  { model, callbacks }: SparseEncoderTrainer,
  optimizer: BoundOptimizer,
  folder: string,
  saved: SavedState,
): void {
  optimizer.load(readOptimizerState(folder, optimizer, saved.optimizerSteps));
  model.dropout.position = saved.dropoutPosition;
  for (const [name, callback] of statefulCallbacks(callbacks)) {
    if (Object.hasOwn(saved.callbacks, name)) callback.load?.(saved.callbacks[name]);
  }
}

/** What decides the rows and the work of each step. A run that differs in it could not continue where the saved one stopped. */
export function identityOf(args: ResolvedTrainingArguments, data: TrainingData): SavedState['data'] {
  return {
    rows: data.datasets.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
    batchesPerEpoch: data.length ?? null,
    batchSampler: args.batchSampler,
    multiDatasetBatchSampler: args.multiDatasetBatchSampler,
    perDeviceTrainBatchSize: args.perDeviceTrainBatchSize,
    gradientAccumulationSteps: args.gradientAccumulationSteps,
    seed: args.seed,
    dataSeed: args.dataSeed,
    optim: args.optim,
    optimArgs: JSON.stringify(args.optimArgs),
  };
}

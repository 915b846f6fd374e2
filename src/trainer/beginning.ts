import type { TrainingData } from '../datasets/training-data-options.js';
import { UsageError } from '../errors.js';
import type { TrainerState } from './callbacks.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/**
 * The state of a run before its first step.
 *
 * @throws UsageError for a stream without maxSteps
 */
export function beginningOf(
  { maxSteps, numTrainEpochs, gradientAccumulationSteps }: ResolvedTrainingArguments,
  { length }: TrainingData,
): { stepsPerEpoch: number; state: TrainerState } {
  if (length === undefined && maxSteps < 0) {
    throw new UsageError('the trainer: trainDataset is a stream of unknown length; set maxSteps');
  }
  // As in the reference, an epoch of a stream has maxSteps steps.
  const stepsPerEpoch = length === undefined ? maxSteps : Math.ceil(length / gradientAccumulationSteps);
  const steps = maxSteps > 0 ? maxSteps : Math.ceil(numTrainEpochs * stepsPerEpoch);
  const epochs = maxSteps > 0 ? steps / stepsPerEpoch : numTrainEpochs;
  return {
    stepsPerEpoch,
    state: {
      epoch: 0,
      globalStep: 0,
      maxSteps: steps,
      numTrainEpochs: Math.ceil(epochs),
      logHistory: [],
      bestMetric: null,
      bestGlobalStep: null,
      bestModelCheckpoint: null,
    },
  };
}

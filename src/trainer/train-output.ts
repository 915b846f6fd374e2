import type { LogEntry, TrainerState } from './callbacks.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

export interface TrainOutput {
  /** Steps of the optimizer that were taken, those before a checkpoint included. */
  readonly globalStep: number;
  /** The mean loss of all steps. */
  readonly trainingLoss: number;
  /** Whether training was ended before its last step. */
  readonly isStopped: boolean;
  /** Names as in the reference: train_runtime in seconds, train_samples_per_second, train_steps_per_second, train_loss. */
  readonly metrics: LogEntry;
  readonly state: TrainerState;
}

export function runMetrics(
  { perDeviceTrainBatchSize, gradientAccumulationSteps }: ResolvedTrainingArguments,
  steps: number,
  seconds: number,
  trainingLoss: number,
): Record<string, number> {
  const rows = steps * perDeviceTrainBatchSize * gradientAccumulationSteps;
  return {
    train_runtime: seconds,
    train_samples_per_second: rows / seconds,
    train_steps_per_second: steps / seconds,
    train_loss: trainingLoss,
  };
}

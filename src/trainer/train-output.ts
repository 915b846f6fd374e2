import type { SkippedRows } from '../datasets/check-rows.js';
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
  /** Training rows that were left out, with `onError: 'skip'`: of a stream those of its last pass. */
  readonly skipped: SkippedRows;
  readonly state: TrainerState;
}

/** @param run the steps that it took itself, in so many seconds */
export function runMetrics(
  { perDeviceTrainBatchSize, gradientAccumulationSteps, onError }: ResolvedTrainingArguments,
  run: {
    readonly steps: number;
    readonly seconds: number;
    readonly trainingLoss: number;
    readonly skipped: SkippedRows;
  },
): Record<string, number> {
  const { steps, seconds } = run;
  const rows = steps * perDeviceTrainBatchSize * gradientAccumulationSteps;
  return {
    train_runtime: seconds,
    train_samples_per_second: rows / seconds,
    train_steps_per_second: steps / seconds,
    train_loss: run.trainingLoss,
    // A run that ends at the first such row has none.
    ...(onError === 'skip' && { train_skipped_rows: run.skipped.count }),
  };
}

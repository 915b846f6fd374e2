import type { SkippedRows } from '../datasets/check-rows.js';
import type { LogEntry, TrainerState } from './callbacks.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

export interface TrainOutput {
  /** Optimizer steps taken, including those before a checkpoint. */
  readonly globalStep: number;
  /** The mean loss of all steps. */
  readonly trainingLoss: number;
  /** Whether training ended before its last step. */
  readonly isStopped: boolean;
  /** Names as in the reference: train_runtime in seconds, train_samples_per_second, train_steps_per_second, train_loss. */
  readonly metrics: LogEntry;
  /** Training rows that were skipped, with `onError: 'skip'`. For a stream, only the last pass counts. */
  readonly skipped: SkippedRows;
  /** Rows of evalDataset that were skipped. */
  readonly evalSkipped: SkippedRows;
  readonly state: TrainerState;
}

/** @param run the steps that this run took itself, and its duration in seconds */
export function runMetrics(
  { perDeviceTrainBatchSize, gradientAccumulationSteps, onError }: ResolvedTrainingArguments,
  run: {
    readonly steps: number;
    readonly seconds: number;
    readonly trainingLoss: number;
    readonly skipped: SkippedRows;
    /** Undefined without evalDataset. */
    readonly evalSkipped: SkippedRows | undefined;
  },
): Record<string, number> {
  const { steps, seconds, skipped, evalSkipped } = run;
  const rows = steps * perDeviceTrainBatchSize * gradientAccumulationSteps;
  return {
    train_runtime: seconds,
    train_samples_per_second: rows / seconds,
    train_steps_per_second: steps / seconds,
    train_loss: run.trainingLoss,
    // Without `skip`, the first such row ends the run.
    ...(onError === 'skip' && {
      train_skipped_rows: skipped.count,
      ...(evalSkipped !== undefined && { eval_skipped_rows: evalSkipped.count }),
    }),
  };
}

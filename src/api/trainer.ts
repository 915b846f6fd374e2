/** The trainer: the counterpart of the reference's SparseEncoderTrainer, on the onnx engine. */
export type {
  CallbackContext,
  LogEntry,
  StepNumbers,
  TrainerCallback,
  TrainerControl,
  TrainerEvent,
  TrainerState,
} from '../trainer/callbacks.js';
export { DocumentFrequencyCallback, type DocumentFrequencyOptions } from '../trainer/document-frequencies.js';
export { EarlyStoppingCallback, type EarlyStoppingOptions } from '../trainer/early-stopping.js';
export type { LossOrMaker, TrainableLoss, TrainerLoss } from '../trainer/losses.js';
export {
  type RegularizerScheduleOptions,
  SpladeRegularizerWeightSchedulerCallback,
} from '../trainer/regularizer-schedule.js';
export { tensorBoardReporter, type TensorBoardOptions } from '../trainer/tensorboard/reporter.js';
export type { TrainOutput } from '../trainer/train-output.js';
export {
  type ModelInit,
  SparseEncoderTrainer,
  type TrainerOptions,
  type TrainOptions,
} from '../trainer/trainer.js';
export type { SparseEncoderTrainingArguments } from '../trainer/training-arguments.js';
export { type ReplayedStep, replayStep } from '../trainer/replay.js';
export {
  CompiledLoss,
  type LossAndGradients,
  type LossInput,
  type LossNumbers,
} from '../training/loss-and-gradients.js';
export type { Activity } from '../training/activity.js';

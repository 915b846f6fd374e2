import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { BoundOptimizer } from '../training/bound-optimizer.js';
import type { GroupNumbers } from './group-numbers.js';
import type { TrainerLoss } from './losses.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** What a callback asks the trainer to do. The trainer does it after the event. */
export interface TrainerControl {
  shouldTrainingStop: boolean;
  shouldEpochStop: boolean;
  shouldSave: boolean;
  shouldEvaluate: boolean;
  shouldLog: boolean;
}

/** One entry of the log: numbers by name, with the step and the epoch. */
export type LogEntry = Readonly<Record<string, number>>;

/** The progress of a run. Checkpoints store it. */
export interface TrainerState {
  /** Epochs done; a fraction within an epoch. */
  epoch: number;
  /** Optimizer steps done. */
  globalStep: number;
  readonly maxSteps: number;
  readonly numTrainEpochs: number;
  readonly logHistory: LogEntry[];
  bestMetric: number | null;
  bestGlobalStep: number | null;
  /** The name of the best checkpoint's folder in outputDir. */
  bestModelCheckpoint: string | null;
}

/** The figures of one step. */
export interface StepNumbers extends GroupNumbers {
  readonly rows: number;
  /** Tokens in the step's texts, padding included. */
  readonly tokens: number;
}

export interface CallbackContext {
  readonly args: ResolvedTrainingArguments;
  readonly state: TrainerState;
  readonly control: TrainerControl;
  readonly model: SparseEncoder;
  readonly loss: TrainerLoss;
  /** Undefined before training. */
  readonly optimizer?: BoundOptimizer | undefined;
  /** The step that has just ended, in onStepEnd. */
  readonly step?: StepNumbers;
  /** The metrics of the evaluation that has just ended, in onEvaluate. */
  readonly metrics?: LogEntry;
  /** The name of the metric that decides which model is best, in onEvaluate. */
  readonly comparedMetric?: string;
  /** The entry that is about to be logged, in onLog. A callback may add numbers to it. */
  readonly logs?: Record<string, number>;
}

type Handler = (context: CallbackContext) => void | Promise<void>;

/**
 * The events of a training run, in the order in which they come. onSubstepEnd comes for each batch of a step but the last,
 * when the gradients of all of them are there.
 */
export const EVENTS = [
  'onInitEnd',
  'onTrainBegin',
  'onEpochBegin',
  'onStepBegin',
  'onSubstepEnd',
  'onPreOptimizerStep',
  'onOptimizerStep',
  'onStepEnd',
  'onLog',
  'onEvaluate',
  'onSave',
  'onEpochEnd',
  'onTrainEnd',
] as const;
export type TrainerEvent = (typeof EVENTS)[number];

/**
 * Observes a training run, and can steer it.
 *
 *     const stopAtLoss: TrainerCallback = {
 *       onLog: ({ logs, control }) => {
 *         if ((logs?.loss ?? Infinity) < 0.01) control.shouldTrainingStop = true;
 *       },
 *     };
 */
export type TrainerCallback = { readonly [Event in TrainerEvent]?: Handler } & {
  /** Identifies the callback's state in a checkpoint; needed with `state` and `load`. */
  readonly name?: string;
  /** Returns the state that a resumed run needs, as plain data. */
  readonly state?: () => unknown;
  readonly load?: (state: unknown) => void;
};

export function newControl(): TrainerControl {
  return {
    shouldTrainingStop: false,
    shouldEpochStop: false,
    shouldSave: false,
    shouldEvaluate: false,
    shouldLog: false,
  };
}

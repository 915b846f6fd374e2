import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { BoundOptimizer } from '../training/bound-optimizer.js';
import type { GroupNumbers } from './group-numbers.js';
import type { TrainerLoss } from './losses.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** What a callback asks of the trainer; it is carried out when the event is over. */
export interface TrainerControl {
  shouldTrainingStop: boolean;
  shouldEpochStop: boolean;
  shouldSave: boolean;
  shouldEvaluate: boolean;
  shouldLog: boolean;
}

/** One entry of the log: numbers by name, with the step and the epoch. */
export type LogEntry = Readonly<Record<string, number>>;

/** How far a run is. Checkpoints hold it. */
export interface TrainerState {
  /** Epochs done; between two of them a fraction. */
  epoch: number;
  /** Steps of the optimizer that are done. */
  globalStep: number;
  readonly maxSteps: number;
  readonly numTrainEpochs: number;
  readonly logHistory: LogEntry[];
  bestMetric: number | null;
  bestGlobalStep: number | null;
  /** The name of the best checkpoint's folder in outputDir. */
  bestModelCheckpoint: string | null;
}

/** What a step was. */
export interface StepNumbers extends GroupNumbers {
  readonly rows: number;
  /** Tokens of its texts, padding included. */
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
  /** The step that is over, in onStepEnd. */
  readonly step?: StepNumbers;
  /** The metrics of the evaluation that is over, in onEvaluate. */
  readonly metrics?: LogEntry;
  /** The name of the metric by which models are compared, in onEvaluate. */
  readonly comparedMetric?: string;
  /** What is about to be logged, in onLog; entries may be added. */
  readonly logs?: Record<string, number>;
}

type Handler = (context: CallbackContext) => void | Promise<void>;

/** The events of a training run, in the order in which they come. */
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
 * Follows a training run, and may steer it.
 *
 *     const stopAtLoss: TrainerCallback = {
 *       onLog: ({ logs, control }) => {
 *         if ((logs?.loss ?? Infinity) < 0.01) control.shouldTrainingStop = true;
 *       },
 *     };
 */
export type TrainerCallback = { readonly [Event in TrainerEvent]?: Handler } & {
  /** By which checkpoints know its state again; needed with `state` and `load`. */
  readonly name?: string;
  /** What has to be kept for a run that is resumed: plain data. */
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

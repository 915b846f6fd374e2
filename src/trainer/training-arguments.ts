import { isObject } from '../arguments.js';
import type { RouterMapping, TrainingPrompts } from '../datasets/column-settings.js';
import { ON_ERROR, type OnError } from '../datasets/on-error.js';
import {
  BATCH_SAMPLER_NAMES,
  type BatchSamplerName,
  MULTI_DATASET_BATCH_SAMPLER_NAMES,
  type MultiDatasetBatchSamplerName,
} from '../datasets/samplers/names.js';
import { OptionError } from '../errors.js';
import {
  countFrom,
  flag,
  nullable,
  number,
  numberAbove,
  numberFrom,
  oneOf,
  type OptionRule,
  type OptionRules,
  resolveOptions,
} from '../options.js';
import { MOMENTUM_RULES, type SgdOptions } from '../training/optimizer-options.js';
import { sgd } from '../training/sgd.js';
import { aTarget, type TargetActiveDims } from './guards/target.js';
import { PLATEAU, plateauOf, SCHEDULER_TYPES, type SchedulerType, scheduleOf } from './scheduler-types.js';

export const STRATEGIES = ['no', 'steps', 'epoch'] as const;
export type Strategy = (typeof STRATEGIES)[number];
export const SAVE_STRATEGIES = [...STRATEGIES, 'best'] as const;
export type SaveStrategy = (typeof SAVE_STRATEGIES)[number];

export const HUB_STRATEGIES = ['end', 'every_save', 'checkpoint', 'all_checkpoints'] as const;
export type HubStrategy = (typeof HUB_STRATEGIES)[number];

const REPORTERS = ['none', 'tensorboard'] as const;

/** The optimizers, under transformers' names. */
export const OPTIMIZERS = ['adamw_torch', 'adafactor', 'sgd'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

/** The arguments of a training run, with the reference's names in camelCase and its defaults. */
export interface SparseEncoderTrainingArguments {
  /** Where checkpoints and metrics are written; null writes nothing. */
  outputDir?: string | null;
  numTrainEpochs?: number;
  /** The number of optimizer steps; -1 trains for `numTrainEpochs`. */
  maxSteps?: number;
  perDeviceTrainBatchSize?: number;
  perDeviceEvalBatchSize?: number;
  gradientAccumulationSteps?: number;
  /** Whether to compute layers again in the backward pass instead of keeping them: less memory, more time. */
  gradientCheckpointing?: boolean;
  learningRate?: number;
  /** Learning rates by regular expressions that match parameter names. */
  learningRateMapping?: Readonly<Record<string, number>>;
  lrSchedulerType?: SchedulerType;
  /** Options of the schedule, by transformers' names in camelCase, such as { numCycles: 2 }. */
  lrSchedulerKwargs?: Readonly<Record<string, unknown>>;
  /** A number of steps, or below 1 a share of all steps. */
  warmupSteps?: number;
  optim?: OptimizerName;
  /** Options of SGD: { momentum, dampening, nesterov }. */
  optimArgs?: Pick<SgdOptions, 'momentum' | 'dampening' | 'nesterov'> | null;
  weightDecay?: number;
  adamBeta1?: number;
  adamBeta2?: number;
  adamEpsilon?: number;
  /** 0 disables clipping. */
  maxGradNorm?: number;
  /** Target for the mean active dimensions. After their warm-up, a SpladeLoss's regularizer weights are steered towards it. */
  targetActiveDims?: TargetActiveDims | null;
  seed?: number;
  /** The seed for the order of the data; null uses `seed`. */
  dataSeed?: number | null;
  dataloaderDropLast?: boolean;
  batchSampler?: BatchSamplerName;
  multiDatasetBatchSampler?: MultiDatasetBatchSamplerName;
  /** What a row that cannot be trained on does: end the run before it begins, or be skipped and counted. */
  onError?: OnError;
  prompts?: TrainingPrompts | null;
  routerMapping?: RouterMapping | null;
  loggingStrategy?: Strategy;
  /** A number of steps, or below 1 a share of all steps; so are evalSteps and saveSteps. */
  loggingSteps?: number;
  loggingFirstStep?: boolean;
  /** Where the log goes besides `metrics.jsonl`: `tensorboard` writes event files to `runs` in outputDir. */
  reportTo?: (typeof REPORTERS)[number];
  evalStrategy?: Strategy;
  /** null uses loggingSteps. */
  evalSteps?: number | null;
  /** Epochs or steps (as evalStrategy counts) before the first evaluation. */
  evalDelay?: number;
  evalOnStart?: boolean;
  saveStrategy?: SaveStrategy;
  saveSteps?: number;
  /** The maximum number of checkpoints to keep; null keeps all. */
  saveTotalLimit?: number | null;
  /** Whether to push the model to the Hugging Face hub, with the token of HF_TOKEN. */
  pushToHub?: boolean;
  /** The repository, organization/name or a plain name; null takes the name of outputDir. */
  hubModelId?: string | null;
  /**
   * When to push: `every_save` with each checkpoint, `checkpoint` and also the newest checkpoint to resume from,
   * `all_checkpoints` and also each of them; `end` only when the model is saved by `saveModel`, as in each case.
   */
  hubStrategy?: HubStrategy;
  /** Whether a new repository is private; null leaves that to the organization. */
  hubPrivateRepo?: boolean | null;
  /** Whether to leave the trainer's state out of checkpoints, so that no run can resume from them. */
  saveOnlyModel?: boolean;
  loadBestModelAtEnd?: boolean;
  /** With or without the prefix `eval_`; null uses the loss. */
  metricForBestModel?: string | null;
  /** null: true unless the name of the metric ends with "loss". */
  greaterIsBetter?: boolean | null;
}

const aText: OptionRule<string> = {
  expects: 'a string',
  accepts: (value) => typeof value === 'string' && value !== '',
  written: 'text',
};

const beta = (fallback: number): OptionRule<number> => ({
  ...number(fallback),
  expects: 'a number from 0 to below 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
});

/** A whole number of steps, or a share of all steps. */
const steps = (fallback?: number): OptionRule<number> => ({
  ...numberAbove(0, fallback),
  expects: 'a whole number of steps, or a share of all steps between 0 and 1',
  accepts: (value) => typeof value === 'number' && value > 0 && (value < 1 || Number.isSafeInteger(value)),
});

const isMapping = (accepts: (value: unknown) => boolean) => (value: unknown) =>
  isObject(value) && !Array.isArray(value) && Object.values(value).every(accepts);
const isPrompts = isMapping(
  (each) => typeof each === 'string' || isMapping((inner) => typeof inner === 'string')(each),
);

/** The default, the accepted values and the command-line form of every argument. */
export const TRAINING_ARGUMENTS: OptionRules<Required<SparseEncoderTrainingArguments>> = {
  outputDir: nullable(aText),
  numTrainEpochs: numberAbove(0, 3),
  maxSteps: {
    ...number(-1),
    expects: 'a whole number of at least 1, or -1',
    accepts: (value) => Number.isSafeInteger(value) && ((value as number) >= 1 || value === -1),
  },
  perDeviceTrainBatchSize: countFrom(1, 8),
  perDeviceEvalBatchSize: countFrom(1, 8),
  gradientAccumulationSteps: countFrom(1, 1),
  gradientCheckpointing: flag(false),
  learningRate: numberFrom(0, 5e-5),
  learningRateMapping: {
    default: {},
    expects: 'an object of learning rates by regular expressions',
    written: 'json',
    accepts: isMapping((rate) => typeof rate === 'number' && rate >= 0 && rate < Infinity),
  },
  lrSchedulerType: oneOf(SCHEDULER_TYPES, 'linear'),
  lrSchedulerKwargs: {
    default: {},
    expects: 'an object of options of the schedule',
    written: 'json',
    accepts: (value) => isObject(value) && !Array.isArray(value),
  },
  warmupSteps: {
    ...numberFrom(0, 0),
    expects: 'a whole number of steps, or a share of all steps below 1',
    accepts: (value) => typeof value === 'number' && value >= 0 && (value < 1 || Number.isSafeInteger(value)),
  },
  optim: oneOf(OPTIMIZERS, 'adamw_torch'),
  optimArgs: nullable({
    expects: 'an object { momentum, dampening, nesterov }',
    written: 'json',
    accepts: (value) => isObject(value) && !Array.isArray(value),
  }),
  weightDecay: numberFrom(0, 0),
  adamBeta1: beta(0.9),
  adamBeta2: beta(0.999),
  adamEpsilon: numberFrom(0, 1e-8),
  maxGradNorm: numberFrom(0, 1),
  targetActiveDims: nullable(aTarget),
  seed: countFrom(0, 42),
  dataSeed: nullable(countFrom(0)),
  dataloaderDropLast: flag(false),
  batchSampler: oneOf(BATCH_SAMPLER_NAMES, 'batch_sampler'),
  multiDatasetBatchSampler: oneOf(MULTI_DATASET_BATCH_SAMPLER_NAMES, 'proportional'),
  onError: oneOf(ON_ERROR, 'stop'),
  prompts: nullable<TrainingPrompts>({
    expects: 'a prompt, or prompts by column, by data set, or by data set and column',
    accepts: (value) => typeof value === 'string' || isPrompts(value),
    written: 'json',
  }),
  routerMapping: nullable<RouterMapping>({
    expects: 'routes by column, or by data set and column',
    accepts: isPrompts,
    written: 'json',
  }),
  loggingStrategy: oneOf(STRATEGIES, 'steps'),
  loggingSteps: steps(500),
  loggingFirstStep: flag(false),
  reportTo: oneOf(REPORTERS, 'none'),
  evalStrategy: oneOf(STRATEGIES, 'no'),
  evalSteps: nullable(steps()),
  evalDelay: numberFrom(0, 0),
  evalOnStart: flag(false),
  saveStrategy: oneOf(SAVE_STRATEGIES, 'steps'),
  saveSteps: steps(500),
  saveTotalLimit: nullable(countFrom(1)),
  saveOnlyModel: flag(false),
  pushToHub: flag(false),
  hubModelId: nullable(aText),
  hubStrategy: oneOf(HUB_STRATEGIES, 'every_save'),
  hubPrivateRepo: nullable(flag(false)),
  loadBestModelAtEnd: flag(false),
  metricForBestModel: nullable(aText),
  greaterIsBetter: nullable(flag(false)),
};

export type ResolvedTrainingArguments = Required<SparseEncoderTrainingArguments>;

/**
 * Fills in the defaults of arguments.
 *
 * @throws OptionError for an unknown argument, naming the nearest one; for a value of the wrong type; and for arguments that
 *   contradict each other
 */
export function resolveTrainingArguments(given: SparseEncoderTrainingArguments): ResolvedTrainingArguments {
  const owner = 'the training arguments';
  const args = resolveOptions<ResolvedTrainingArguments>(owner, TRAINING_ARGUMENTS, given);
  const refuse = (problem: string): never => {
    throw new OptionError(`${owner}: ${problem}`);
  };
  if (args.loadBestModelAtEnd) {
    if (args.evalStrategy === 'no') refuse('loadBestModelAtEnd needs an evalStrategy of "steps" or "epoch"');
    if (args.saveStrategy === 'no') refuse('loadBestModelAtEnd needs a saveStrategy other than "no"');
    if (args.saveStrategy !== 'best' && args.saveStrategy !== args.evalStrategy) {
      refuse(
        `loadBestModelAtEnd needs saves where evaluations are; evalStrategy is "${args.evalStrategy}" and saveStrategy "${args.saveStrategy}"`,
      );
    }
    const evalSteps = args.evalSteps ?? args.loggingSteps;
    const isMultiple = Math.abs(args.saveSteps / evalSteps - Math.round(args.saveSteps / evalSteps)) < 1e-9;
    if (args.saveStrategy === 'steps' && !isMultiple) {
      refuse(
        `loadBestModelAtEnd needs saveSteps to be a multiple of evalSteps; they are ${args.saveSteps} and ${evalSteps}`,
      );
    }
    if (args.outputDir === null) refuse('loadBestModelAtEnd needs an outputDir to save to');
  }
  if (args.saveStrategy === 'best' && args.evalStrategy === 'no') {
    refuse('saveStrategy "best" needs an evalStrategy of "steps" or "epoch"');
  }
  if (args.optimArgs !== null && args.optim !== 'sgd') {
    refuse(`optimArgs are options of the optimizer "sgd"; optim is "${args.optim}"`);
  }
  // Rejects values that the optimizer or the schedule does not accept.
  sgd(resolveOptions(`${owner}: optimArgs`, MOMENTUM_RULES, args.optimArgs ?? {}));
  if (args.reportTo !== 'none' && args.outputDir === null) {
    refuse(
      `reportTo "${args.reportTo}" needs an outputDir; or give a tensorBoardReporter({ logDir }) as a callback`,
    );
  }
  if (args.pushToHub && args.hubModelId === null && args.outputDir === null) {
    refuse('pushToHub needs a hubModelId, or an outputDir whose name the repository takes');
  }
  if (args.lrSchedulerType === PLATEAU) {
    if (args.evalStrategy === 'no') {
      refuse(`lrSchedulerType "${PLATEAU}" needs an evalStrategy of "steps" or "epoch"`);
    }
    if (args.warmupSteps > 0) refuse(`lrSchedulerType "${PLATEAU}" has no warm-up; leave warmupSteps at 0`);
  }
  scheduleOf(args, 1);
  plateauOf(args, '');
  for (const pattern of Object.keys(args.learningRateMapping)) {
    if (!isPattern(pattern)) {
      refuse(`learningRateMapping has the key ${JSON.stringify(pattern)}; expected a regular expression`);
    }
  }
  return args;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

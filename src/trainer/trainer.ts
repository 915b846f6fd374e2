import { join } from 'node:path';
import {
  anObject,
  aPath,
  type ArgumentRule,
  checkArguments,
  instanceOf,
  isObject,
  listOf,
  optional,
} from '../arguments.js';
import type { TrainingSource } from '../datasets/training-data.js';
import { saveModel, type SaveOptions } from '../encoder/save.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { chosenEngine, setEngine } from '../engine/set-engine.js';
import { UsageError } from '../errors.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { anAbortSignal, nullable, type OptionRules, resolveOptions } from '../options.js';
import type { CallbackContext, TrainerCallback, TrainerEvent } from './callbacks.js';
import type { Evaluator } from './evaluator.js';
import { flow } from './flow.js';
import { guards } from './guards/guards.js';
import { steering } from './guards/target-active-dims.js';
import { lossesIn, type LossOrMaker, resolveLoss, type TrainerLoss } from './losses.js';
import { metricsFile } from './metrics-file.js';
import { openEvalData, openTrainData } from './open-data.js';
import { SpladeRegularizerWeightSchedulerCallback } from './regularizer-schedule.js';
import type { TrainOutput } from './train-output.js';
import {
  type ResolvedTrainingArguments,
  resolveTrainingArguments,
  type SparseEncoderTrainingArguments,
} from './training-arguments.js';
import { trainingCard } from './training-card.js';
import { TrainingRun } from './training-run.js';

export interface TrainerOptions {
  readonly model: SparseEncoder;
  readonly args?: SparseEncoderTrainingArguments;
  /** One data set, or several by name. */
  readonly trainDataset?: TrainingSource;
  readonly evalDataset?: TrainingSource;
  /** Default: a SpladeLoss over in-batch negatives. With several data sets, one for all of them or one for each by name. */
  readonly loss?: LossOrMaker | Readonly<Record<string, LossOrMaker>>;
  /** The primary metric of the first one compares models. */
  readonly evaluator?: Evaluator | readonly Evaluator[];
  readonly callbacks?: readonly TrainerCallback[];
}

export interface TrainOptions {
  /** Where to go on: the folder of a checkpoint, or true for the newest whole one in outputDir. */
  readonly resumeFromCheckpoint?: string | boolean;
  /** Ends training after the step that is running, with a checkpoint if there is an outputDir. */
  readonly signal?: AbortSignal;
}

const TRAIN_RULES: OptionRules<{
  readonly resumeFromCheckpoint: string | boolean;
  readonly signal: AbortSignal | null;
}> = {
  resumeFromCheckpoint: {
    default: false,
    expects: 'the folder of a checkpoint, true or false',
    accepts: (value) => typeof value === 'boolean' || aPath.accepts(value),
  },
  signal: nullable(anAbortSignal),
};
const MODEL: ArgumentRule = instanceOf(SparseEncoder, 'a SparseEncoder');
const OPTIONS: ArgumentRule = anObject('an object { model, args, trainDataset, ... }');
const CALLBACKS: ArgumentRule = optional(
  listOf('a list of callbacks, objects of handlers by event', isObject),
);
const isEvaluator = (value: unknown): boolean =>
  isObject(value) && 'evaluate' in value && typeof value.evaluate === 'function' && 'primaryMetric' in value;
const EVALUATOR: ArgumentRule = optional({
  expects: 'an evaluator, an object { primaryMetric, evaluate(model) }, or a list of them',
  accepts: (value) =>
    isEvaluator(value) || (Array.isArray(value) && value.length > 0 && value.every(isEvaluator)),
});

/**
 * Trains a sparse encoder as the reference's trainer does: the same batches, losses, schedules and optimizer, on the onnx
 * engine.
 *
 *     const trainer = new SparseEncoderTrainer({
 *       model,
 *       args: { outputDir: 'out', numTrainEpochs: 1, perDeviceTrainBatchSize: 32, learningRate: 2e-5 },
 *       trainDataset: arrayDataset(rows),
 *       loss: (model) => new SpladeLoss(model, { ... }),
 *     });
 *     await trainer.train();
 */
export class SparseEncoderTrainer {
  readonly model: SparseEncoder;
  readonly args: ResolvedTrainingArguments;
  readonly loss: TrainerLoss;
  readonly evaluators: readonly Evaluator[];
  readonly callbacks: readonly TrainerCallback[];
  readonly trainDataset: TrainingSource | undefined;
  readonly evalDataset: TrainingSource | undefined;
  #run: TrainingRun | undefined;

  /**
   * @throws OptionError for arguments that are unknown, of the wrong type or contradict each other, and for a loss that is none
   * @throws InputError for anything else that is not what it should be
   */
  constructor(options: TrainerOptions) {
    checkArguments('SparseEncoderTrainer', { options: OPTIONS }, { options });
    const { model, args = {}, trainDataset, evalDataset, loss, evaluator, callbacks = [] } = options;
    checkArguments(
      'SparseEncoderTrainer',
      { model: MODEL, callbacks: CALLBACKS, evaluator: EVALUATOR },
      { model, callbacks, evaluator },
    );
    this.model = model;
    this.args = resolveTrainingArguments(args);
    this.trainDataset = trainDataset;
    this.evalDataset = evalDataset;
    this.loss = resolveLoss(loss, model);
    this.evaluators = evaluator === undefined ? [] : [evaluator].flat();
    this.callbacks = this.#withOwn(callbacks);
    if (this.args.evalStrategy !== 'no' && evalDataset === undefined && this.evaluators.length === 0) {
      throw new UsageError(
        `the trainer: evalStrategy is "${this.args.evalStrategy}", and there is neither an evalDataset nor an evaluator`,
      );
    }
  }

  /**
   * Trains to the end of the arguments, or until a callback or the signal stops it. The model is changed in place.
   *
   * @throws UsageError without trainDataset, and for a model without trainable parameters
   * @throws InputError for a row that the loss cannot take, naming its place; for a checkpoint that does not fit
   */
  async train(options: TrainOptions = {}): Promise<TrainOutput> {
    const { resumeFromCheckpoint, signal } = resolveOptions('train', TRAIN_RULES, options);
    const { trainDataset } = this;
    if (trainDataset === undefined) throw new UsageError('the trainer has no trainDataset to train with');
    if (chosenEngine() !== 'onnx') await setEngine('onnx');
    const data = await openTrainData(trainDataset, this);
    try {
      const { evalDataset } = this;
      const evalData = evalDataset === undefined ? undefined : await openEvalData(evalDataset, this);
      try {
        const tell = (event: TrainerEvent, context: CallbackContext): Promise<void> =>
          this.#tell(event, context);
        const run = new TrainingRun(this, { data, evalData }, tell);
        this.#run = run;
        return await run.train({ resumeFromCheckpoint, ...(signal !== null && { signal }) });
      } finally {
        await evalData?.close();
      }
    } finally {
      await data.close();
    }
  }

  /**
   * Writes the model with a card that tells how it was trained. Before training the card is that of `model.save`.
   *
   * @throws as `SparseEncoder.save`
   */
  async saveModel(folder: string, options: SaveOptions = {}): Promise<void> {
    const own = this.model.contents();
    const readme = this.#run === undefined ? own.readme : trainingCard(this.model, this.#run.facts);
    await this.model.lifetime.use('save', () => saveModel(folder, { ...own, readme }, options));
  }

  /** Where checkpoints lie. */
  checkpointFolder(name: string): string {
    checkArguments('checkpointFolder', { name: aPath }, { name });
    return join(this.args.outputDir ?? '', name);
  }

  async #tell(event: TrainerEvent, context: CallbackContext): Promise<void> {
    for (const callback of this.callbacks) await callback[event]?.(context);
  }

  /** The reference puts a schedule of the weights in for each SpladeLoss that has none, behind the flow. */
  #withOwn(given: readonly TrainerCallback[]): TrainerCallback[] {
    const isSchedule = (each: TrainerCallback): each is SpladeRegularizerWeightSchedulerCallback =>
      each instanceof SpladeRegularizerWeightSchedulerCallback;
    const schedules = lossesIn(this.loss).flatMap(([, loss]) =>
      loss instanceof SpladeLoss
        ? [
            given.filter(isSchedule).find((each) => each.loss === loss) ??
              new SpladeRegularizerWeightSchedulerCallback(loss),
          ]
        : [],
    );
    const others = given.filter((each) => !isSchedule(each));
    const { outputDir } = this.args;
    const { targetActiveDims: target } = this.args;
    const steered =
      target === null ? [] : [...new Set(schedules)].map((each) => steering(each, target, this.args));
    return [
      flow,
      ...new Set(schedules),
      ...steered,
      ...others,
      guards(() => this.callbacks),
      ...(outputDir === null ? [] : [metricsFile(outputDir)]),
    ];
  }
}

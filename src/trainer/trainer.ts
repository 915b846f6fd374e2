import { join } from 'node:path';
import { aPath, checkArguments } from '../arguments.js';
import type { TrainingSource } from '../datasets/training-data.js';
import type { PushOptions } from '../encoder/hub/push-options.js';
import { pushSaved } from '../encoder/hub/push.js';
import { saveModel, type SaveOptions } from '../encoder/save.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { chosenEngine, setEngine } from '../engine/set-engine.js';
import { OptionError, UsageError } from '../errors.js';
import type { Evaluator } from '../evaluators/evaluator.js';
import { SequentialEvaluator } from '../evaluators/sequential-evaluator.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { anAbortSignal, nullable, type OptionRules, resolveOptions } from '../options.js';
import type { CallbackContext, TrainerCallback, TrainerEvent } from './callbacks.js';
import { withDirection } from './compared-metric.js';
import { environmentFile } from './environment-file.js';
import { flow } from './flow.js';
import type { GroupGradients } from './group-gradients.js';
import { Guards } from './guards/guards.js';
import { steering } from './guards/target-active-dims.js';
import { HubPushes } from './hub-pushes.js';
import { lossesIn, type LossOrMaker, requireMakers, resolveLoss, type TrainerLoss } from './losses.js';
import { metricsFile } from './metrics-file.js';
import { openEvalData, openTrainData } from './open-data.js';
import { SpladeRegularizerWeightSchedulerCallback } from './regularizer-schedule.js';
import { tensorBoardReporter } from './tensorboard/reporter.js';
import type { TrainOutput } from './train-output.js';
import { CALLBACKS, EVALUATOR, MODEL, MODEL_INIT, OPTIONS } from './trainer-rules.js';
import {
  type ResolvedTrainingArguments,
  resolveTrainingArguments,
  type SparseEncoderTrainingArguments,
} from './training-arguments.js';
import { trainingCard } from './training-card.js';
import { TrainingRun } from './training-run.js';

export type ModelInit = (run: { readonly seed: number }) => SparseEncoder | Promise<SparseEncoder>;

export interface TrainerOptions {
  /** The model to train. Give either this or `modelInit`. */
  readonly model?: SparseEncoder;
  /**
   * Makes a new model for each `train()`, for example one whose modules begin with random weights from the run's seed. The
   * loss must then be a function that makes it from the model. A model of an earlier run can still be used, so the caller
   * disposes each of them: `trainer.model` is the model of the last run.
   */
  readonly modelInit?: ModelInit;
  readonly args?: SparseEncoderTrainingArguments;
  /** One data set, or several by name. */
  readonly trainDataset?: TrainingSource;
  readonly evalDataset?: TrainingSource;
  /** Default: a SpladeLoss with in-batch negatives. Several data sets may share one loss, or have one each by name. */
  readonly loss?: LossOrMaker | Readonly<Record<string, LossOrMaker>>;
  /** A list is evaluated one after another, as by `SequentialEvaluator`: the last one's primary metric compares models. */
  readonly evaluator?: Evaluator | readonly Evaluator[];
  readonly callbacks?: readonly TrainerCallback[];
}

export interface TrainOptions {
  /** Where to resume: a checkpoint folder, or true for the newest whole checkpoint in outputDir. */
  readonly resumeFromCheckpoint?: string | boolean;
  /** Ends training after the current step, and writes a checkpoint if there is an outputDir. */
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
const evaluatorOf = (given: TrainerOptions['evaluator']): Evaluator | undefined =>
  given === undefined || 'evaluate' in given ? given : new SequentialEvaluator(given);

/** What is made from a model. */
interface Made {
  readonly model: SparseEncoder;
  readonly loss: TrainerLoss;
  readonly callbacks: readonly TrainerCallback[];
}

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
  readonly args: ResolvedTrainingArguments;
  readonly evaluator: Evaluator | undefined;
  readonly trainDataset: TrainingSource | undefined;
  readonly evalDataset: TrainingSource | undefined;
  /** The compiled programs of runs. By default each run compiles its own. @internal */
  programs: GroupGradients | undefined;
  readonly #options: TrainerOptions;
  #made: Made | undefined;
  #run: TrainingRun | undefined;
  readonly #pushes: HubPushes | undefined;

  /**
   * @throws OptionError if an argument is unknown, has the wrong type or contradicts another, and if `loss` is not a loss
   * @throws InputError if anything else has the wrong type
   */
  constructor(options: TrainerOptions) {
    checkArguments('SparseEncoderTrainer', { options: OPTIONS }, { options });
    const { model, modelInit, args = {}, trainDataset, evalDataset, loss, evaluator, callbacks } = options;
    checkArguments(
      'SparseEncoderTrainer',
      { modelInit: MODEL_INIT, callbacks: CALLBACKS, evaluator: EVALUATOR },
      { modelInit, callbacks, evaluator },
    );
    this.#options = options;
    this.trainDataset = trainDataset;
    this.evalDataset = evalDataset;
    this.evaluator = evaluatorOf(evaluator);
    this.args = withDirection(resolveTrainingArguments(args), this.evaluator);
    if (this.args.pushToHub) {
      this.#pushes = new HubPushes(this.args, (name) => this.checkpointFolder(name));
    }
    if (modelInit === undefined) this.#made = this.#make(model);
    else if (model !== undefined) {
      throw new OptionError('SparseEncoderTrainer: both model and modelInit are given; expected one of them');
    } else requireMakers(loss);
    if (this.args.evalStrategy !== 'no' && evalDataset === undefined && this.evaluator === undefined) {
      throw new UsageError(
        `the trainer: evalStrategy is "${this.args.evalStrategy}", but there is neither an evalDataset nor an evaluator`,
      );
    }
  }

  /** @throws UsageError before training if `modelInit` makes the model */
  get model(): SparseEncoder {
    return this.#parts().model;
  }

  /** @throws as `model` */
  get loss(): TrainerLoss {
    return this.#parts().loss;
  }

  /** All callbacks, including the trainer's own. Throws as `model`. */
  get callbacks(): readonly TrainerCallback[] {
    return this.#parts().callbacks;
  }

  /**
   * Trains to the end that the arguments set, or until a callback or the signal stops it. The model is changed in place.
   *
   * @throws UsageError without trainDataset, and for a model without trainable parameters
   * @throws InputError if the loss cannot use a row, naming its place, and if the checkpoint does not fit
   */
  async train(options: TrainOptions = {}): Promise<TrainOutput> {
    const { resumeFromCheckpoint, signal } = resolveOptions('train', TRAIN_RULES, options);
    const { trainDataset } = this;
    if (trainDataset === undefined) throw new UsageError('the trainer has no trainDataset to train with');
    if (chosenEngine() !== 'onnx') await setEngine('onnx');
    const { modelInit } = this.#options;
    if (modelInit !== undefined) this.#made = await this.#makeNew(modelInit);
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
   * Writes the model with a card that says how it was trained. Before training, the card is that of `model.save`. With
   * the argument `pushToHub` the folder is then pushed; if that fails, a warning names the command that does it.
   *
   * @throws as `SparseEncoder.save`
   */
  async saveModel(folder: string, options: SaveOptions = {}): Promise<void> {
    await this.#write(folder, options);
    await this.pushes?.pushModel(folder, 'Model save');
  }

  /** What pushes the model while it is trained; undefined unless `pushToHub` is set. @internal */
  get pushes(): HubPushes | undefined {
    return this.#pushes;
  }

  async #write(folder: string, options: SaveOptions): Promise<void> {
    const own = this.model.contents();
    const readme = this.#run === undefined ? own.readme : trainingCard(this.model, this.#run.facts);
    await this.model.lifetime.use('save', () => saveModel(folder, { ...own, readme }, options));
  }

  /**
   * Uploads the model with the card of `saveModel` to the Hugging Face hub, as `pushFolder` does it.
   *
   * @param repoId Default: the repository of the arguments, which may then exist, and whose card is replaced
   * @returns the address of the commit, or of the pull request
   */
  async pushToHub(repoId?: string, options: PushOptions = {}): Promise<string> {
    const pushes = this.#pushes ?? new HubPushes(this.args, (name) => this.checkpointFolder(name));
    await pushes.finished();
    const own = { private: this.args.hubPrivateRepo, existOk: true, replaceModelCard: true };
    return await pushSaved(
      (folder) => this.#write(folder, {}),
      repoId ?? pushes.repository,
      repoId === undefined ? { commitMessage: 'End of training', ...own, ...options } : options,
    );
  }

  /** The folder of the checkpoint with this name. */
  checkpointFolder(name: string): string {
    checkArguments('checkpointFolder', { name: aPath }, { name });
    return join(this.args.outputDir ?? '', name);
  }

  async #tell(event: TrainerEvent, context: CallbackContext): Promise<void> {
    for (const callback of this.callbacks) await callback[event]?.(context);
  }

  #parts(): Made {
    if (this.#made !== undefined) return this.#made;
    throw new UsageError('the trainer has no model before train(), where modelInit makes it');
  }

  async #makeNew(modelInit: ModelInit): Promise<Made> {
    const model = await modelInit({ seed: this.args.seed });
    try {
      return this.#make(model);
    } catch (error) {
      // Nobody else can reach it.
      if (model instanceof SparseEncoder) await model.dispose();
      throw error;
    }
  }

  #make(model: SparseEncoder | undefined): Made {
    checkArguments('SparseEncoderTrainer', { model: MODEL }, { model });
    const given = model as SparseEncoder;
    const loss = resolveLoss(this.#options.loss, given);
    return { model: given, loss, callbacks: this.#withOwn(loss, this.#options.callbacks ?? []) };
  }

  /** Adds a weight schedule for each SpladeLoss that has none, after the flow, as the reference does. */
  #withOwn(ofLoss: TrainerLoss, given: readonly TrainerCallback[]): TrainerCallback[] {
    const isSchedule = (each: TrainerCallback): each is SpladeRegularizerWeightSchedulerCallback =>
      each instanceof SpladeRegularizerWeightSchedulerCallback;
    // Several data sets may share one loss.
    const losses = new Set(
      lossesIn(ofLoss).flatMap(([, each]) => (each instanceof SpladeLoss ? [each] : [])),
    );
    const schedules = [...losses].map(
      (loss) =>
        given.filter(isSchedule).find((each) => each.loss === loss) ??
        new SpladeRegularizerWeightSchedulerCallback(loss),
    );
    const others = given.filter((each) => !isSchedule(each));
    const { outputDir, targetActiveDims: target } = this.args;
    const steered = target === null ? [] : steering(schedules, target);
    return [
      flow,
      ...schedules,
      ...steered,
      ...others,
      new Guards(() => this.callbacks),
      ...(this.#pushes === undefined ? [] : [this.#pushes]),
      ...(outputDir === null ? [] : [metricsFile(outputDir), environmentFile(outputDir)]),
      ...(this.args.reportTo === 'tensorboard' ? [tensorBoardReporter()] : []),
    ];
  }
}

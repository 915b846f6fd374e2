import { mkdir } from 'node:fs/promises';
import { ahead } from '../datasets/ahead.js';
import { NONE_SKIPPED } from '../datasets/check-rows.js';
import type { TrainingData } from '../datasets/training-data-options.js';
import { elementsOf } from '../engine/arrays.js';
import { InputError } from '../errors.js';
import type { BoundOptimizer } from '../training/bound-optimizer.js';
import { beginningOf } from './beginning.js';
import {
  type CallbackContext,
  type LogEntry,
  newControl,
  type StepNumbers,
  type TrainerControl,
  type TrainerEvent,
  type TrainerState,
} from './callbacks.js';
import { checkpointName, restoreLossParameters, restoreModel } from './checkpoint.js';
import { comparedMetric } from './compared-metric.js';
import { type DatasetCard, datasetCards } from './dataset-card.js';
import { betterMetric, evaluate } from './evaluation.js';
import { disposeGroup, type Group, GroupGradients } from './group-gradients.js';
import { requireFinite } from './not-finite.js';
import { bindOptimizer, lossParameters, trainableParameters } from './parameters.js';
import { identityOf, resumedFolder, takeTrainerState } from './resume.js';
import { RunRates } from './run-rates.js';
import { RunningMean } from './running-mean.js';
import { readSavedState, requireSameRun } from './saved-state.js';
import { restoreBest, save } from './saving.js';
import { runMetrics, type TrainOutput } from './train-output.js';
import type { SparseEncoderTrainer, TrainOptions } from './trainer.js';
import { trainingCard, type TrainingFacts } from './training-card.js';

/** One run of a trainer: its state, and the loop over epochs and steps. */
export class TrainingRun {
  readonly #trainer: SparseEncoderTrainer;
  readonly #data: TrainingData;
  readonly #evalData: TrainingData | undefined;
  readonly #emit: (event: TrainerEvent, context: CallbackContext) => Promise<void>;
  readonly #control: TrainerControl = newControl();
  readonly #mean = new RunningMean();
  readonly #stepsPerEpoch: number;
  #state: TrainerState;
  #optimizer: BoundOptimizer | undefined;
  #gradients: GroupGradients | undefined;
  /** The epoch, and how many of its batches are done. */
  #cursor = { epoch: 0, batch: 0 };
  readonly #rates: RunRates;
  #gradientNorm: number | undefined;
  #lastLogged = 0;
  #datasets: readonly DatasetCard[] = [];
  #seconds: number | undefined;
  /** Whether the signal ended the run before its last step. */
  #isInterrupted = false;

  constructor(
    trainer: SparseEncoderTrainer,
    { data, evalData }: { data: TrainingData; evalData: TrainingData | undefined },
    emit: (event: TrainerEvent, context: CallbackContext) => Promise<void>,
  ) {
    this.#trainer = trainer;
    this.#data = data;
    this.#evalData = evalData;
    this.#emit = emit;
    const { stepsPerEpoch, state } = beginningOf(trainer.args, data);
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#state = state;
    this.#rates = new RunRates(trainer.args, trainer.evaluator, state.maxSteps);
  }

  /** The facts for the model's card. */
  get facts(): TrainingFacts {
    const { args, loss, evaluator } = this.#trainer;
    const time = this.#seconds === undefined ? {} : { seconds: this.#seconds };
    return { args, loss, evaluator, datasets: this.#datasets, state: this.#state, ...time };
  }

  async train({ resumeFromCheckpoint, signal }: TrainOptions): Promise<TrainOutput> {
    const { model, args, loss } = this.#trainer;
    const folder = await resumedFolder(args, resumeFromCheckpoint ?? false);
    const saved = folder === undefined ? undefined : await readSavedState(folder);
    if (folder !== undefined && saved !== undefined) {
      requireSameRun(folder, saved.data, identityOf(args, this.#data));
      await restoreModel(model, folder);
      restoreLossParameters(folder, lossParameters(loss));
    }
    const optimizer = await bindOptimizer(trainableParameters(model, loss), args);
    this.#optimizer = optimizer;
    this.#rates.begin(optimizer);
    const { programs } = this.#trainer;
    this.#gradients = programs ?? new GroupGradients(model, loss, optimizer.variables);
    model.dropout.restart(args.seed);
    if (folder !== undefined && saved !== undefined) {
      takeTrainerState(this.#trainer, optimizer, folder, saved);
      this.#rates.load(optimizer, saved.plateau);
      const { maxSteps, numTrainEpochs } = this.#state;
      this.#state = { ...saved.state, maxSteps, numTrainEpochs };
      this.#cursor = saved.cursor;
      this.#mean.load(saved.sums);
      this.#lastLogged = saved.state.globalStep - saved.sums.steps;
    }
    this.#datasets = await datasetCards(this.#data, model);
    // Everything is checked before anything is written.
    if (args.outputDir !== null) await mkdir(args.outputDir, { recursive: true });
    const start = performance.now();
    const first = this.#state.globalStep;
    const { mode, gradientCheckpointing } = model;
    Object.assign(model, { mode: 'train', gradientCheckpointing: args.gradientCheckpointing });
    try {
      await this.#tell('onInitEnd');
      await this.#tell('onTrainBegin');
      if (args.evalOnStart && first === 0) await this.#evaluate();
      await this.#epochs(signal);
      await restoreBest(this.#trainer, this.#state);
      return await this.#finish((performance.now() - start) / 1000, first);
    } finally {
      Object.assign(model, { mode, gradientCheckpointing });
      if (programs === undefined) await this.#gradients.dispose();
    }
  }

  async #epochs(signal: AbortSignal | undefined): Promise<void> {
    const state = this.#state;
    const control = this.#control;
    while (!control.shouldTrainingStop && state.globalStep < state.maxSteps) {
      control.shouldEpochStop = false;
      if (this.#cursor.batch === 0) await this.#tell('onEpochBegin');
      const before = state.globalStep;
      const isWhole = await this.#epoch(signal);
      // The work due at the end of the epoch is done when the resumed run reaches that end.
      if (this.#isInterrupted) return;
      if (isWhole && state.globalStep === before && this.#cursor.batch === 0) {
        throw new InputError(`the trainer: epoch ${this.#cursor.epoch} of trainDataset has no batch`);
      }
      if (isWhole) this.#cursor = { epoch: this.#cursor.epoch + 1, batch: 0 };
      await this.#tell('onEpochEnd');
      await this.#carryOut();
    }
  }

  /** Whether the epoch ran to its end. */
  async #epoch(signal: AbortSignal | undefined): Promise<boolean> {
    const state = this.#state;
    const control = this.#control;
    const gradients = this.#gradients as GroupGradients;
    const { gradientAccumulationSteps: count } = this.#trainer.args;
    const { epoch } = this.#cursor;
    const batches = this.#data.batches(epoch, this.#cursor.batch);
    // The texts of the next step are tokenized while the gradients of this step are computed.
    for await (const group of ahead(gradients.groups(batches, count), 1, disposeGroup)) {
      const step = await this.#step(group);
      state.globalStep++;
      const batch = this.#cursor.batch + group.batches.length;
      this.#cursor = { epoch, batch };
      state.epoch = epoch + Math.min(1, Math.ceil(batch / count) / this.#stepsPerEpoch);
      await this.#tell('onStepEnd', { step });
      if (signal?.aborted === true) {
        this.#isInterrupted = state.globalStep < state.maxSteps;
        control.shouldTrainingStop = true;
        control.shouldSave = true;
      }
      await this.#carryOut();
      if (control.shouldTrainingStop || control.shouldEpochStop) return control.shouldEpochStop;
    }
    return true;
  }

  async #step(group: Group): Promise<StepNumbers> {
    const optimizer = this.#optimizer as BoundOptimizer;
    try {
      await this.#tell('onStepBegin');
      this.#rates.set(optimizer, this.#state.globalStep);
      const step = this.#state.globalStep + 1;
      const dropoutPosition = this.#trainer.model.dropout.position;
      const { gradients, ...numbers } = await (this.#gradients as GroupGradients).of(group);
      try {
        await requireFinite(
          { step, numbers, gradients: gradients.map(elementsOf), batches: group.batches, dropoutPosition },
          { trainer: this.#trainer, parameters: optimizer.names, save: () => this.#save() },
        );
        for (let batch = 1; batch < group.batches.length; batch++) await this.#tell('onSubstepEnd');
        await this.#tell('onPreOptimizerStep');
        this.#gradientNorm = optimizer.step(gradients);
        await this.#tell('onOptimizerStep');
      } finally {
        gradients.forEach((each) => each.dispose());
      }
      this.#mean.add(numbers);
      return { ...numbers, rows: group.rows, tokens: group.tokens };
    } finally {
      disposeGroup(group);
    }
  }

  /** Logs, evaluates and saves if a callback asked for it. */
  async #carryOut(): Promise<void> {
    const control = this.#control;
    const { globalStep } = this.#state;
    if (control.shouldLog && globalStep > this.#lastLogged) {
      this.#lastLogged = globalStep;
      await this.#log({
        ...this.#mean.take(),
        ...(this.#gradientNorm !== undefined && { grad_norm: this.#gradientNorm }),
        learning_rate: this.#rates.learningRate,
      });
    }
    control.shouldLog = false;
    if (control.shouldEvaluate) {
      control.shouldEvaluate = false;
      const metrics = await this.#evaluate();
      if (this.#optimizer !== undefined) this.#rates.evaluated(this.#optimizer, metrics);
      const isBest = this.#noteBest(metrics);
      if (this.#trainer.args.saveStrategy === 'best') control.shouldSave ||= isBest;
    }
    if (control.shouldSave) {
      control.shouldSave = false;
      await this.#save();
    }
  }

  async #log(entry: Record<string, number>): Promise<void> {
    const logs = { ...entry, epoch: this.#state.epoch };
    await this.#tell('onLog', { logs });
    this.#state.logHistory.push({ ...logs, step: this.#state.globalStep });
  }

  async #evaluate(): Promise<LogEntry> {
    const metrics = await evaluate(this.#trainer, this.#state, {
      gradients: this.#gradients as GroupGradients,
      evalData: this.#evalData,
    });
    await this.#log(metrics);
    const { args, evaluator } = this.#trainer;
    await this.#tell('onEvaluate', { metrics, comparedMetric: comparedMetric(args, evaluator) });
    return metrics;
  }

  /** Whether the metrics are the best so far; if so, they are recorded. */
  #noteBest(metrics: LogEntry): boolean {
    const value = betterMetric(this.#trainer, metrics, this.#state);
    if (value === undefined) return false;
    const { globalStep } = this.#state;
    this.#state.bestMetric = value;
    this.#state.bestGlobalStep = globalStep;
    const isSaved = this.#trainer.args.saveStrategy === 'best' || this.#control.shouldSave;
    if (isSaved) this.#state.bestModelCheckpoint = checkpointName(globalStep);
    return true;
  }

  async #save(): Promise<void> {
    const { args, model } = this.#trainer;
    if (args.outputDir === null) return;
    const optimizer = this.#optimizer as BoundOptimizer;
    await save(this.#trainer, {
      state: this.#state,
      sums: this.#mean.sums,
      data: identityOf(this.#trainer.args, this.#data),
      cursor: this.#cursor,
      optimizer,
      plateau: this.#rates.state(optimizer),
      readme: trainingCard(model, this.facts),
    });
    await this.#tell('onSave');
  }

  /** Logs the figures of the whole run. */
  async #finish(seconds: number, first: number): Promise<TrainOutput> {
    this.#seconds = seconds;
    const { globalStep, maxSteps } = this.#state;
    const trainingLoss = this.#mean.sums.total / globalStep;
    const { skipped } = this.#data;
    const evalSkipped = this.#evalData?.skipped;
    const steps = globalStep - first;
    const run = { steps, seconds, trainingLoss, skipped, evalSkipped };
    const metrics = runMetrics(this.#trainer.args, run);
    await this.#log(metrics);
    await this.#tell('onTrainEnd');
    return {
      globalStep,
      trainingLoss,
      isStopped: globalStep < maxSteps,
      metrics,
      skipped,
      evalSkipped: evalSkipped ?? NONE_SKIPPED,
      state: this.#state,
    };
  }

  async #tell(event: TrainerEvent, more: Partial<CallbackContext> = {}): Promise<void> {
    const { args, model, loss } = this.#trainer;
    const own = { state: this.#state, control: this.#control, optimizer: this.#optimizer };
    await this.#emit(event, { args, model, loss, ...own, ...more });
  }
}

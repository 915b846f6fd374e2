// @module-tag slow
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayDataset } from '../datasets/dataset.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { setEngine } from '../engine/set-engine.js';
import type { Evaluator } from '../evaluators/evaluator.js';
import { oneLayerModel } from '../testing/built-programs.js';
import { metricsIn, parametersOf, ROWS, spladeLoss, trained } from '../testing/trained.js';
import type { TrainerCallback } from './callbacks.js';
import { SparseEncoderTrainer } from './trainer.js';
import type { SparseEncoderTrainingArguments } from './training-arguments.js';

let folder = '';
beforeAll(async () => {
  await setEngine('onnx');
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-trainer-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the trainer', () => {
  it('trains for the given number of epochs, logs, and leaves no tensors', async () => {
    const before = tf.memory().numTensors;
    const { output } = await trained({ numTrainEpochs: 2, loggingSteps: 5, outputDir: join(folder, 'logs') });
    expect(output).toMatchObject({ globalStep: 12, isStopped: false });
    expect(output.state.epoch).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
    const logged = metricsIn(join(folder, 'logs'));
    expect(logged.map(({ step }) => step)).toEqual([5, 10, 12]);
    const [first] = logged;
    expect(first).toMatchObject({ epoch: 5 / 6, learning_rate: 1e-3 * (1 - 4 / 12) });
    const parts =
      (first?.['base_loss'] ?? NaN) +
      (first?.['document_regularizer_loss'] ?? NaN) +
      (first?.['query_regularizer_loss'] ?? NaN);
    expect(first?.['loss']).toBeCloseTo(parts, 5);
    // The schedule takes a third of the steps: 4.
    expect(first?.['document_regularizer_weight']).toBe(0.003);
  });

  it('continues bit for bit from a checkpoint', async () => {
    const outputDir = join(folder, 'resumed');
    const args = { numTrainEpochs: 3, saveStrategy: 'steps', saveSteps: 7, outputDir } as const;
    const whole = await trained({ ...args, outputDir: join(folder, 'whole') });
    const stop: TrainerCallback = {
      onStepEnd: ({ state, control }) => void (control.shouldTrainingStop ||= state.globalStep === 9),
    };
    const { output } = await trained(args, { callbacks: [stop] });
    expect(output.isStopped).toBe(true);
    const resumed = await trained(args, {}, { resumeFromCheckpoint: true });
    expect(resumed.output.globalStep).toBe(18);
    expect(resumed.parameters).toEqual(whole.parameters);
    expect(resumed.output.trainingLoss).toBe(whole.output.trainingLoss);
    // No step is logged twice.
    expect(metricsIn(outputDir)).toEqual(metricsIn(join(folder, 'whole')));
    const card = readFileSync(join(outputDir, 'checkpoint-18', 'README.md'), 'utf8');
    expect(card).toContain('- generated_from_trainer\n- dataset_size:22\n- loss:SpladeLoss\n');
    expect(card).toContain('- `perDeviceTrainBatchSize`: 4');
    expect(card).toContain('\n## Training Details\n\nBase model: the folder `splade-bert`\n\n');
    expect(card).toContain('"class": "SparseMultipleNegativesRankingLoss"');
    expect(card).toMatch(/Samples:\n\n\| anchor \| positive \|\n\| --- \| --- \|\n\| cloud/);
    expect(card).toContain('@misc{formal2022');
  });

  it.each([{ optim: 'adafactor' }, { optim: 'sgd', optimArgs: { momentum: 0.9 } }] as const)(
    'continues bit for bit from a checkpoint with the optimizer $optim',
    async (optimizer) => {
      const args = { ...optimizer, maxSteps: 6, saveStrategy: 'steps', saveSteps: 3 } as const;
      const whole = await trained({ ...args, outputDir: join(folder, `${optimizer.optim}-whole`) });
      const outputDir = join(folder, optimizer.optim);
      const stop: TrainerCallback = {
        onStepEnd: ({ state, control }) => void (control.shouldTrainingStop ||= state.globalStep === 4),
      };
      await trained({ ...args, outputDir }, { callbacks: [stop] });
      const resumed = await trained({ ...args, outputDir }, {}, { resumeFromCheckpoint: true });
      expect(resumed.output.globalStep).toBe(6);
      expect(resumed.parameters).toEqual(whole.parameters);
      const other = trained(
        { ...args, optim: 'adamw_torch', optimArgs: null, outputDir },
        {},
        { resumeFromCheckpoint: true },
      );
      await expect(other).rejects.toThrow(`was written with optim ${optimizer.optim}; it is adamw_torch now`);
    },
  );

  it.each([
    [
      { optim: 'adamw' },
      'optim is "adamw"; expected one of "adamw_torch", "adafactor", "sgd"; did you mean "adamw_torch"?',
    ],
    [{ optim: 'adafacter' }, 'did you mean "adafactor"?'],
    [
      { optimArgs: { momentum: 0.9 } },
      'optimArgs are options of the optimizer "sgd"; optim is "adamw_torch"',
    ],
    [
      { optim: 'sgd', optimArgs: { momentun: 0.9 } },
      'optimArgs has no option "momentun"; did you mean "momentum"?',
    ],
    [{ lrSchedulerType: 'reduce_lr_on_plateau' }, 'needs an evalStrategy of "steps" or "epoch"'],
    [
      { lrSchedulerType: 'reduce_lr_on_plateau', evalStrategy: 'epoch', warmupSteps: 2 },
      'has no warm-up; leave warmupSteps at 0',
    ],
    [
      { lrSchedulerType: 'reduce_lr_on_plateau', evalStrategy: 'epoch', lrSchedulerKwargs: { patince: 2 } },
      'ReduceLrOnPlateau has no option "patince"; did you mean "patience"?',
    ],
  ])('refuses %o', async (args, message) => {
    await expect(trained(args as SparseEncoderTrainingArguments)).rejects.toThrow(message);
  });

  it('lowers the rates when evaluations stop improving, and continues with them from a checkpoint', async () => {
    // The metric improves twice.
    const values = [0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2];
    const evaluator = (from: number): Evaluator => {
      let done = from;
      return { primaryMetric: 'score', evaluate: async () => ({ score: values[done++] ?? 0 }) };
    };
    const args = {
      lrSchedulerType: 'reduce_lr_on_plateau',
      lrSchedulerKwargs: { patience: 1, factor: 0.5 },
      evalStrategy: 'steps',
      evalSteps: 1,
      loggingSteps: 1,
      saveStrategy: 'steps',
      saveSteps: 3,
      maxSteps: 8,
    } as const;
    const whole = await trained(
      { ...args, outputDir: join(folder, 'plateau-whole') },
      { evaluator: evaluator(0) },
    );
    const ratesOf = ({ output }: typeof whole): (number | undefined)[] =>
      output.state.logHistory.flatMap((entry) => ('loss' in entry ? [entry['learning_rate']] : []));
    expect(ratesOf(whole)).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25].map((share) => share * 1e-3));
    const outputDir = join(folder, 'plateau');
    const stop: TrainerCallback = {
      onStepEnd: ({ state, control }) => void (control.shouldTrainingStop ||= state.globalStep === 6),
    };
    await trained({ ...args, outputDir }, { evaluator: evaluator(0), callbacks: [stop] });
    const resumed = await trained(
      { ...args, outputDir },
      { evaluator: evaluator(6) },
      { resumeFromCheckpoint: true },
    );
    expect(ratesOf(resumed)).toEqual(ratesOf(whole));
    expect(resumed.parameters).toEqual(whole.parameters);
  });

  it('tells evaluators where and when, and a list of them compares models by the last one', async () => {
    const outputDir = join(folder, 'evaluators');
    const told: unknown[] = [];
    // A lower value is better, so the first evaluation is the best.
    const evaluator: Evaluator = {
      primaryMetric: 'distance',
      greaterIsBetter: false,
      evaluate: async (_, options) => {
        told.push(options);
        return { distance: told.length };
      },
    };
    const other: Evaluator = { primaryMetric: null, evaluate: async () => ({ other: -told.length }) };
    const args = { evalStrategy: 'epoch', numTrainEpochs: 2, outputDir } as const;
    const { output } = await trained(args, { evaluator: [other, evaluator] });
    expect(told).toEqual([
      { outputPath: join(outputDir, 'eval'), epoch: 1, steps: 6 },
      { outputPath: join(outputDir, 'eval'), epoch: 2, steps: 12 },
    ]);
    expect(output.state.bestMetric).toBe(1);
    const metrics = { eval_other: -1, eval_distance: 2, eval_sequential_score: 2 };
    expect(output.state.logHistory).toContainEqual(expect.objectContaining(metrics));
  });

  it('makes a new model with modelInit for each run, and the same seed makes the same model', async () => {
    const seeds: number[] = [];
    const trainer = new SparseEncoderTrainer({
      modelInit: async ({ seed }) => {
        seeds.push(seed);
        return await SparseEncoder.load(oneLayerModel());
      },
      args: { perDeviceTrainBatchSize: 4, learningRate: 1e-3, saveStrategy: 'no', maxSteps: 2, seed: 7 },
      trainDataset: arrayDataset(ROWS),
      loss: spladeLoss,
    });
    expect(() => trainer.model).toThrow('has no model before train(), where modelInit makes it');
    await trainer.train();
    const first = trainer.model;
    await trainer.train();
    const second = trainer.model;
    try {
      expect(second).not.toBe(first);
      expect(await parametersOf(second)).toEqual(await parametersOf(first));
      expect(seeds).toEqual([7, 7]);
      const { parameters } = await trained({ maxSteps: 2, seed: 7 });
      expect(await parametersOf(second)).toEqual(parameters);
    } finally {
      await Promise.all([first.dispose(), second.dispose()]);
    }
  });

  it('keeps no memory of models from modelInit that the caller disposes, or that get no loss', async () => {
    const before = tf.memory().numTensors;
    let made: SparseEncoder | undefined;
    const modelInit = async (): Promise<SparseEncoder> => (made = await SparseEncoder.load(oneLayerModel()));
    const args = { perDeviceTrainBatchSize: 4, saveStrategy: 'no', maxSteps: 2 } as const;
    const options = { modelInit, args, trainDataset: arrayDataset(ROWS) };
    const trainer = new SparseEncoderTrainer({ ...options, loss: spladeLoss });
    for (let run = 0; run < 2; run++) {
      await trainer.train();
      await trainer.model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    const without = new SparseEncoderTrainer({
      ...options,
      loss: () => {
        throw new RangeError('planted');
      },
    });
    await expect(without.train()).rejects.toThrow('planted');
    expect(tf.memory().numTensors).toBe(before);
    expect(() => made?.contents()).toThrow('disposed');
  });

  it('accepts either a model or modelInit, and with modelInit rejects a loss of another model', async () => {
    const model = await SparseEncoder.load(oneLayerModel());
    const modelInit = (): SparseEncoder => model;
    try {
      expect(() => new SparseEncoderTrainer({ model, modelInit })).toThrow(
        'both model and modelInit are given',
      );
      expect(() => new SparseEncoderTrainer({})).toThrow('expected a SparseEncoder');
      expect(() => new SparseEncoderTrainer({ modelInit, loss: spladeLoss(model) })).toThrow(
        'expected a function that makes a loss from the model',
      );
      expect(() => new SparseEncoderTrainer({ modelInit, loss: { pairs: spladeLoss(model) } })).toThrow(
        'expected a function that makes a loss from the model',
      );
      const none = new SparseEncoderTrainer({
        modelInit: () => ({}) as SparseEncoder,
        trainDataset: arrayDataset(ROWS),
      });
      await expect(none.train()).rejects.toThrow('SparseEncoderTrainer: model is');
    } finally {
      await model.dispose();
    }
  });

  it("reaches the same parameters with gradientCheckpointing, and restores the model's setting", async () => {
    const plain = await trained({ maxSteps: 3 });
    const model = await SparseEncoder.load(oneLayerModel());
    const used: boolean[] = [];
    const trainer = new SparseEncoderTrainer({
      model,
      args: {
        perDeviceTrainBatchSize: 4,
        learningRate: 1e-3,
        saveStrategy: 'no',
        maxSteps: 3,
        gradientCheckpointing: true,
      },
      trainDataset: arrayDataset(ROWS),
      loss: spladeLoss,
      callbacks: [{ onStepEnd: ({ model: inTraining }) => void used.push(inTraining.gradientCheckpointing) }],
    });
    await trainer.train();
    expect(used).toEqual([true, true, true]);
    expect(model.gradientCheckpointing).toBe(false);
    const parameters = await parametersOf(model);
    await model.dispose();
    for (const [name, values] of Object.entries(plain.parameters)) {
      const worst = values.reduce(
        (most, x, i) => Math.max(most, Math.abs(x - (parameters[name]?.[i] ?? NaN))),
        0,
      );
      expect(worst, name).toBeLessThan(1e-4);
    }
  });
});

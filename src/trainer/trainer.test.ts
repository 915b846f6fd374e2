// @module-tag slow
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayDataset } from '../datasets/dataset.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { setEngine } from '../engine/set-engine.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { modelFixture } from '../testing/new-encoders.js';
import type { TrainerCallback } from './callbacks.js';
import { SparseEncoderTrainer, type TrainerOptions } from './trainer.js';
import type { SparseEncoderTrainingArguments } from './training-arguments.js';

const WORDS = ['cloud', 'sword', 'handle', 'particles', 'of', 'a', 'the', 'rain', 'light', 'stone'];
const text = (seed: number): string =>
  Array.from({ length: 2 + (seed % 5) }, (_, at) => WORDS[(seed * 7 + at * 3) % WORDS.length]).join(' ');
const ROWS = Array.from({ length: 22 }, (_, row) => ({ anchor: text(row), positive: text(row + 50) }));

let folder = '';
beforeAll(async () => {
  await setEngine('onnx');
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-trainer-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spladeLoss = (model: SparseEncoder): SpladeLoss =>
  new SpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: 0.003,
    queryRegularizerWeight: 0.005,
  });

async function parametersOf(model: SparseEncoder): Promise<Record<string, Float32Array>> {
  const entries = model
    .namedParameters()
    .map(async ([name, variable]) => [name, (await variable.data()).slice()]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, Float32Array>;
}

async function trained(
  args: SparseEncoderTrainingArguments,
  more: Partial<TrainerOptions> = {},
  options: Parameters<SparseEncoderTrainer['train']>[0] = {},
): Promise<{
  output: Awaited<ReturnType<SparseEncoderTrainer['train']>>;
  parameters: Record<string, Float32Array>;
}> {
  const model = await SparseEncoder.load(modelFixture('splade-bert'));
  try {
    const trainer = new SparseEncoderTrainer({
      model,
      args: { perDeviceTrainBatchSize: 4, learningRate: 1e-3, saveStrategy: 'no', ...args },
      trainDataset: arrayDataset(ROWS),
      loss: spladeLoss,
      ...more,
    });
    const output = await trainer.train(options);
    return { output, parameters: await parametersOf(model) };
  } finally {
    await model.dispose();
  }
}

describe('the trainer', () => {
  it('trains for the epochs that it is told, logs, and leaves no tensors', async () => {
    const before = tf.memory().numTensors;
    const { output } = await trained({ numTrainEpochs: 2, loggingSteps: 5, outputDir: join(folder, 'logs') });
    expect(output).toMatchObject({ globalStep: 12, isStopped: false });
    expect(output.state.epoch).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
    const logged = readFileSync(join(folder, 'logs', 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    expect(logged.map(({ step }) => step)).toEqual([5, 10, 12]);
    const [first] = logged;
    expect(first).toMatchObject({ epoch: 5 / 6, learning_rate: 1e-3 * (1 - 4 / 12) });
    const parts =
      (first?.['base_loss'] ?? NaN) +
      (first?.['document_regularizer_loss'] ?? NaN) +
      (first?.['query_regularizer_loss'] ?? NaN);
    expect(first?.['loss']).toBeCloseTo(parts, 5);
    // The schedule's third: 4 steps.
    expect(first?.['document_regularizer_weight']).toBe(0.003);
  });

  it('goes on bit for bit from a checkpoint', async () => {
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
    const card = readFileSync(join(outputDir, 'checkpoint-18', 'README.md'), 'utf8');
    expect(card).toContain('- generated_from_trainer\n- dataset_size:22\n- loss:SpladeLoss\n');
    expect(card).toContain('- `perDeviceTrainBatchSize`: 4');
    expect(card).toContain('"class": "SparseMultipleNegativesRankingLoss"');
    expect(card).toMatch(/Samples:\n\n\| anchor \| positive \|\n\| --- \| --- \|\n\| cloud/);
    expect(card).toContain('@misc{formal2022');
  });
});

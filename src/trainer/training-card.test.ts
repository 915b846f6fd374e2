import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { SparseMSEEvaluator } from '../evaluators/sparse-mse-evaluator.js';
import { SparseTripletEvaluator } from '../evaluators/sparse-triplet-evaluator.js';
import { modelFixture } from '../testing/new-encoders.js';
import { SparseEncoderTrainer } from './trainer.js';
import { trainingCard } from './training-card.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const STATE = {
  epoch: 0,
  globalStep: 0,
  maxSteps: 1,
  numTrainEpochs: 1,
  logHistory: [],
  bestMetric: null,
  bestGlobalStep: null,
  bestModelCheckpoint: null,
};

it('names the evaluators with the settings that the reference names', async () => {
  const model = await SparseEncoder.load(modelFixture('splade-bert'));
  const pairs = { anchors: ['a'], positives: ['b'], negatives: ['c'] };
  const evaluator = [
    new SparseTripletEvaluator({ ...pairs, name: 'dev', margin: 0.5, maxActiveDims: 8 }),
    new SparseMSEEvaluator({ sourceSentences: ['a'], targetSentences: ['b'], teacherModel: model }),
  ];
  const trainer = new SparseEncoderTrainer({ model, evaluator });
  const state = { ...STATE, logHistory: [{ eval_dev_dot_accuracy: 1, eval_runtime: 1, step: 4, epoch: 1 }] };
  const { args, loss } = trainer;
  const card = trainingCard(model, { args, loss, evaluator: trainer.evaluator, datasets: [], state });
  expect(card).toMatch(
    /## Evaluation\n\nEvaluated with SparseTripletEvaluator, named dev, with these parameters:\n\n```json\n\{\n {2}"margin": \{\n {4}"[^`]*0\.5[^`]*"max_active_dims": 8\n\}\n```\n\nEvaluated with SparseMSEEvaluator\.\n\nThe last evaluation, after step 4:/,
  );
  await model.dispose();
});

it('names the hub model that training began from, with its revision', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'sparse-encoder-card-'));
  const folder = join(cache, 'models--organization--splade-tiny', 'snapshots', COMMIT);
  cpSync(modelFixture('splade-bert'), folder, { recursive: true });
  const model = await SparseEncoder.load(folder);
  try {
    const { args, loss } = new SparseEncoderTrainer({ model });
    const card = trainingCard(model, { args, loss, datasets: [], state: STATE });
    expect(card).toMatch(/\n- loss:\w+\nbase_model: organization\/splade-tiny\npipeline_tag: /);
    expect(card).toContain(
      `Base model: [organization/splade-tiny](https://huggingface.co/organization/splade-tiny), revision ${COMMIT}\n`,
    );
  } finally {
    await model.dispose();
    rmSync(cache, { recursive: true, force: true });
  }
});

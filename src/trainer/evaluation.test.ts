import { expect, it } from 'vitest';
import { loadFixture } from '../testing/trainer.js';
import { recordWarnings } from '../testing/warnings.js';
import type { TrainerState } from './callbacks.js';
import { betterMetric } from './evaluation.js';
import { SparseEncoderTrainer } from './trainer.js';

const STATE: TrainerState = {
  epoch: 0,
  globalStep: 0,
  maxSteps: 1,
  numTrainEpochs: 1,
  logHistory: [],
  bestMetric: null,
  bestGlobalStep: null,
  bestModelCheckpoint: null,
};

it('takes no metric for the best that is not a number, and says so', async () => {
  const warnings = recordWarnings();
  const model = await loadFixture('splade-bert');
  const trainer = new SparseEncoderTrainer({ model, args: { metricForBestModel: 'spearman' } });
  const better = (value: number, bestMetric: number | null): number | undefined =>
    betterMetric(trainer, { eval_spearman: value }, { ...STATE, bestMetric });
  expect(better(Number.NaN, null)).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining('the metric eval_spearman is not a number')]);
  expect(better(0.1, null)).toBe(0.1);
  expect(better(Number.NaN, 0.1)).toBeUndefined();
  expect(better(0.2, 0.1)).toBe(0.2);
  await model.dispose();
});

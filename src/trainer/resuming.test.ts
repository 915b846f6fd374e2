// @module-tag slow
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayDataset } from '../datasets/dataset.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import { setEngine } from '../engine/set-engine.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { metricsIn, ROWS, spladeLoss, trained } from '../testing/trained.js';
import type { TrainerCallback } from './callbacks.js';

let folder = '';
beforeAll(async () => {
  await setEngine('onnx');
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-resuming-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run that is resumed', () => {
  it('continues bit for bit where a signal stopped it in the middle of an epoch with logs and evaluations', async () => {
    const args = {
      numTrainEpochs: 2,
      loggingStrategy: 'epoch',
      evalStrategy: 'epoch',
      saveStrategy: 'epoch',
    } as const;
    const more = { evalDataset: arrayDataset(ROWS.slice(0, 6)) };
    const [whole, outputDir] = [join(folder, 'uninterrupted'), join(folder, 'interrupted')];
    const expected = await trained({ ...args, outputDir: whole }, more);
    const controller = new AbortController();
    const interrupt: TrainerCallback = {
      onStepEnd: ({ state }) => void (state.globalStep === 8 && controller.abort()),
    };
    const { output } = await trained(
      { ...args, outputDir },
      { ...more, callbacks: [interrupt] },
      { signal: controller.signal },
    );
    expect(output).toMatchObject({ globalStep: 8, isStopped: true });
    expect(output.state.logHistory.filter((entry) => 'eval_loss' in entry)).toHaveLength(1);
    const resumed = await trained({ ...args, outputDir }, more, { resumeFromCheckpoint: true });
    expect(resumed.parameters).toEqual(expected.parameters);
    expect(metricsIn(outputDir)).toEqual(metricsIn(whole));
  });

  it('keeps the losses, weights and states of several data sets apart, including in a checkpoint', async () => {
    const outputDir = join(folder, 'several');
    const [a, b] = [ROWS.slice(0, 12), ROWS.slice(12)];
    const loss = {
      a: spladeLoss,
      b: (model: SparseEncoder) =>
        new SpladeLoss(model, {
          loss: new SparseMultipleNegativesRankingLoss(model),
          documentRegularizerWeight: 0.1,
          queryRegularizerWeight: 0.2,
        }),
    };
    const args = { numTrainEpochs: 4, loggingSteps: 1, targetActiveDims: { document: 5 } };
    const more = { trainDataset: { a: arrayDataset(a), b: arrayDataset(b) }, loss };
    const { output, parameters } = await trained({ ...args, outputDir: join(folder, 'several-whole') }, more);
    const names = ['base_loss', 'document_regularizer_loss', 'query_regularizer_loss'];
    for (const entry of output.state.logHistory.slice(0, -1)) {
      // Each step belongs to one of the data sets.
      const [dataset] = ['a', 'b'].filter((each) => `${each}_base_loss` in entry);
      const sum = names.reduce((all, name) => all + (entry[`${dataset}_${name}`] ?? NaN), 0);
      expect(entry['loss']).toBeCloseTo(sum, 4);
      expect(entry['b_query_regularizer_weight']).toBeCloseTo(
        40 * (entry['a_query_regularizer_weight'] ?? NaN),
        6,
      );
    }
    const last = output.state.logHistory.at(-2) ?? {};
    // Each weight follows the active dimensions measured on its own batches.
    expect(last['b_document_regularizer_weight']).not.toBeCloseTo(
      (0.1 / 0.003) * (last['a_document_regularizer_weight'] ?? NaN),
      6,
    );
    const stop: TrainerCallback = {
      onStepEnd: ({ state, control }) => {
        if (state.globalStep === 17) control.shouldSave = control.shouldTrainingStop = true;
      },
    };
    await trained({ ...args, outputDir }, { ...more, callbacks: [stop] });
    const resumed = await trained({ ...args, outputDir }, more, { resumeFromCheckpoint: true });
    expect(resumed.parameters).toEqual(parameters);
  });
});

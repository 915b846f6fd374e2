// @module-tag slow
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayDataset } from '../../datasets/dataset.js';
import { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { setEngine } from '../../engine/set-engine.js';
import { CSRLoss } from '../../losses/csr-loss.js';
import { SparseMarginMSELoss } from '../../losses/sparse-margin-mse-loss.js';
import { SparseMultipleNegativesRankingLoss } from '../../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../../losses/splade-loss.js';
import { hostScalar } from '../../ops/host-scalar.js';
import { loadFixture } from '../../testing/trainer.js';
import { setWarningHandler } from '../../warnings.js';
import type { LogEntry, TrainerCallback } from '../callbacks.js';
import { SpladeRegularizerWeightSchedulerCallback } from '../regularizer-schedule.js';
import { replayStep } from '../replay.js';
import { SparseEncoderTrainer, type TrainerOptions, type TrainOptions } from '../trainer.js';

const ROWS = Array.from({ length: 8 }, (_, row) => ({
  anchor: `cloud ${row}`,
  positive: `the rain and the stone ${row}`,
}));

let folder = '';
beforeAll(async () => {
  await setEngine('onnx');
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-guards-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spladeLoss = (model: SparseEncoder): SpladeLoss =>
  new SpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: 0.001,
    queryRegularizerWeight: 0.001,
  });

/** The warnings and the log of a run. */
async function warned(
  fixture: string,
  change: (model: SparseEncoder) => void | Promise<void>,
  { args, ...more }: Partial<TrainerOptions> = {},
  options: TrainOptions = {},
): Promise<{ warnings: string; log: readonly LogEntry[] }> {
  const warnings: string[] = [];
  const before = setWarningHandler((message) => void warnings.push(message));
  const model = await loadFixture(fixture);
  try {
    await change(model);
    const trainer = new SparseEncoderTrainer({
      model,
      args: { perDeviceTrainBatchSize: 4, saveStrategy: 'no', loggingSteps: 1, maxSteps: 12, ...args },
      trainDataset: arrayDataset(ROWS),
      loss: spladeLoss,
      ...more,
    });
    const { state } = await trainer.train(options);
    return { warnings: warnings.join('\n'), log: state.logHistory };
  } finally {
    setWarningHandler(before);
    await model.dispose();
  }
}

/** Sets the bias of the logits. */
const withBias =
  (bias: number) =>
  (model: SparseEncoder): void => {
    const [, decoder] = model.namedParameters().find(([name]) => name.endsWith('predictions.bias')) ?? [];
    if (decoder === undefined) throw new Error('the fixture has no bias of its logits');
    const filled = decoder.mul(0).add(bias);
    decoder.assign(filled);
    filled.dispose();
  };

const nothing = (): void => undefined;

describe('the guards', () => {
  it('see embeddings that are all zero', async () => {
    const { warnings, log } = await warned('splade-bert', withBias(-100));
    expect(warnings).toMatch(
      /step 3: the embeddings of most documents were zero for 3 steps.*\bdocumentRegular/,
    );
    expect(log[0]).toMatchObject({ document_active_dims: 0, query_all_zero: 1, expected_flops: 0 });
  });

  it('see embeddings with most dimensions active once the weights have risen, and a loss that does not move', async () => {
    const { warnings, log } = await warned('splade-bert', withBias(100), { args: { maxSteps: 20 } });
    // The weights rise for 6 steps.
    expect(warnings).toMatch(
      /step 16: (\d+) of the \1 dimensions of documents are active, and more than half/,
    );
    const [first = {}] = log;
    expect(first['expected_flops']).toBeCloseTo(first['document_active_dims'] ?? 0, 3);
    const still = await warned('splade-bert', withBias(-100), { args: { maxSteps: 22, learningRate: 0 } });
    expect(still.warnings).toMatch(/step 21: the loss has been .* for 20 steps.*learningRate \(0\)/);
    expect(still.warnings).toMatch(/learningRate is 0, .* training changes nothing/);
  });

  it('warn once, and count on where a resumed run left off', async () => {
    const [whole, outputDir] = [join(folder, 'whole'), join(folder, 'resumed')];
    const run = async (dir: string, stopAt: number, resumeFromCheckpoint = false) => {
      const args = { outputDir: dir, maxSteps: 22, learningRate: 0, saveStrategy: 'no' } as const;
      const stop: TrainerCallback = {
        onStepEnd: ({ state, control }) => {
          if (state.globalStep === stopAt) control.shouldSave = control.shouldTrainingStop = true;
        },
      };
      return await warned(
        'splade-bert',
        withBias(-100),
        { args, callbacks: [stop] },
        { resumeFromCheckpoint },
      );
    };
    const { warnings } = await run(whole, 22);
    expect(warnings.match(/step 3: the embeddings of most documents/g)).toHaveLength(1);
    const first = await run(outputDir, 10);
    const second = await run(outputDir, 22, true);
    const stepsOf = (text: string): string[] => text.match(/^step \d+/gm) ?? [];
    expect([...stepsOf(first.warnings), ...stepsOf(second.warnings)]).toEqual(stepsOf(warnings));
    expect(stepsOf(second.warnings)).toEqual(['step 21']);
  });

  it('see dead latents', async () => {
    const kill = async (model: SparseEncoder): Promise<void> => {
      const counters = model.modules.at(-1)?.parameters.get('stats_last_nonzero');
      const old = counters?.mul(0).add(1000).cast('int32');
      if (old !== undefined) counters?.assign(old);
      old?.dispose();
      await Promise.resolve();
    };
    const { warnings, log } = await warned('csr', kill, {
      args: { maxSteps: 5, perDeviceTrainBatchSize: 1 },
      loss: (model) => new CSRLoss(model),
    });
    expect(warnings).toMatch(/step 5: \d+ % of the latents of the sparse auto-encoder are dead.*kAux/);
    expect(log[0]?.['dead_latents']).toBeGreaterThan(0.3);
  });

  it('see schedules that end after the run', async () => {
    const { warnings } = await warned('splade-bert', nothing, {
      args: { maxSteps: 2, warmupSteps: 5 },
      loss: spladeLoss,
    });
    expect(warnings).toMatch(/rises for 5 steps, but the run has 2: it never reaches learningRate/);
    const model = await loadFixture('splade-bert');
    const loss = spladeLoss(model);
    const full = await warned('splade-bert', nothing, {
      args: { maxSteps: 2 },
      model,
      loss,
      callbacks: [new SpladeRegularizerWeightSchedulerCallback(loss, { warmupRatio: 1 })],
    });
    expect(full.warnings).toMatch(/regularizer weights rise for 2 steps, but the run has 2/);
    await model.dispose();
  });

  it('keep the batch of a loss that is not finite, which can be computed again', async () => {
    const outputDir = join(folder, 'not-finite');
    const rows = ROWS.map((row, index) => ({
      query: row.anchor,
      positive: row.positive,
      negative: 'light',
      score: index < 4 ? 1 : 1e38,
    }));
    const huge = (model: SparseEncoder): SpladeLoss =>
      new SpladeLoss(model, {
        loss: new SparseMarginMSELoss(model),
        documentRegularizerWeight: 0,
        queryRegularizerWeight: 0,
      });
    const failing = warned('splade-bert', nothing, {
      args: { outputDir, maxSteps: 2 },
      trainDataset: arrayDataset(rows),
      loss: huge,
    });
    await expect(failing).rejects.toThrow(
      /the loss is Infinity at step 1 \(base_loss\).*learningRate.*not-finite-step-1\.json/,
    );
    expect(readdirSync(outputDir).toSorted()).toEqual([
      'checkpoint-0',
      'environment.json',
      'not-finite-step-1.json',
    ]);
    const model = await loadFixture('splade-bert');
    const again = await replayStep(model, huge(model), join(outputDir, 'not-finite-step-1.json'));
    expect(again.components['base_loss']).toBe(Infinity);
    await model.dispose();
  });

  it('stop at gradients that are not finite where the loss is, and keep the parameters before them', async () => {
    const outputDir = join(folder, 'gradients');
    // The square root has an infinite slope at 0: from step 3 on the loss is finite, but its gradient is not.
    let weight = 1;
    const sharp = (model: SparseEncoder): SpladeLoss =>
      new SpladeLoss(model, {
        loss: new SparseMultipleNegativesRankingLoss(model),
        documentRegularizerWeight: 0.01,
        queryRegularizerWeight: 0.01,
        documentRegularizer: {
          computeLossFromEmbeddings: (embeddings) =>
            embeddings
              .mul(hostScalar(() => weight))
              .sum<tf.Scalar>()
              .sqrt(),
        },
      });
    const before: Float32Array[] = [];
    const failing = warned('splade-bert', nothing, {
      args: { outputDir, maxSteps: 6, learningRate: 1e-3, saveStrategy: 'no' },
      loss: sharp,
      callbacks: [
        {
          onStepEnd: async ({ state, model }) => {
            if (state.globalStep < 2) return;
            weight = 0;
            const [first] = model.trainableVariables();
            if (first !== undefined) before.push(Float32Array.from(await first.data()));
          },
        },
      ],
    });
    await expect(failing).rejects.toThrow(
      /the loss is [\d.]+ at step 3, and the gradients of .* and \d+ other parameters are not finite; the parameters are unchanged/,
    );
    expect(before).toHaveLength(1);
    const model = await SparseEncoder.load(join(outputDir, 'checkpoint-2'));
    const [first] = model.trainableVariables();
    expect(Float32Array.from((await first?.data()) ?? [])).toEqual(before[0]);
    const file = join(outputDir, 'not-finite-step-3.json');
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { loss: string; gradients: string[] };
    const again = await replayStep(model, sharp(model), file);
    expect(again.gradientsNotFinite).toEqual(kept.gradients);
    // Uses the schedule's weights and the dropout masks of that step.
    expect(String(again.loss)).toBe(kept.loss);
    await model.dispose();
  });
});

describe('targetActiveDims', () => {
  it('raises a weight while there are too many, and lowers it while there are too few', async () => {
    const weightAt = async (document: number): Promise<number[]> => {
      const { log } = await warned('splade-bert', nothing, {
        args: { targetActiveDims: { document }, maxSteps: 12 },
      });
      return log.flatMap((entry) => entry['document_regularizer_weight'] ?? []).slice(5, 12);
    };
    const [few, many] = [await weightAt(1), await weightAt(1e6)];
    expect(few.every((weight, index) => index === 0 || weight > (few[index - 1] ?? 0))).toBe(true);
    expect(many.every((weight, index) => index === 0 || weight < (many[index - 1] ?? 0))).toBe(true);
    expect(few.at(-1)).toBeGreaterThan(0.001);
    expect(many.at(-1)).toBeLessThan(0.001);
  });
});

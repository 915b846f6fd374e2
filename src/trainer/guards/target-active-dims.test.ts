// @module-tag slow
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrayDataset } from '../../datasets/dataset.js';
import { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { setEngine } from '../../engine/set-engine.js';
import { OptionError } from '../../errors.js';
import { CSRLoss } from '../../losses/csr-loss.js';
import { SparseMultipleNegativesRankingLoss } from '../../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../../losses/splade-loss.js';
import { packageRoot } from '../../package-root.js';
import { loadFixture } from '../../testing/trainer.js';
import { setWarningHandler } from '../../warnings.js';
import type { LogEntry } from '../callbacks.js';
import { SparseEncoderTrainer } from '../trainer.js';

const FIXTURES = join(packageRoot(), 'fixtures');
const PAIRS = readFileSync(join(FIXTURES, 'wordnet', 'pair.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { anchor: string; positive: string });
const TARGET = { query: 20, document: 60 };
const STEPS = 200;

/** Trains the quickstart's backbone on WordNet, and returns the log of every tenth step. */
async function steered(change: (model: SparseEncoder) => void): Promise<{ log: LogEntry[]; told: string[] }> {
  await setEngine('onnx');
  const told: string[] = [];
  const before = setWarningHandler((message) => void told.push(message));
  const model = await SparseEncoder.load(join(FIXTURES, 'quickstart'));
  try {
    model.maxSeqLength = 24;
    change(model);
    const trainer = new SparseEncoderTrainer({
      model,
      args: {
        maxSteps: STEPS,
        perDeviceTrainBatchSize: 16,
        learningRate: 2e-3,
        warmupSteps: 0.1,
        saveStrategy: 'no',
        loggingSteps: 10,
        targetActiveDims: TARGET,
      },
      trainDataset: arrayDataset(PAIRS),
      loss: new SpladeLoss(model, {
        loss: new SparseMultipleNegativesRankingLoss(model),
        documentRegularizerWeight: 0.01,
        queryRegularizerWeight: 0.01,
      }),
    });
    const { state } = await trainer.train();
    return { log: state.logHistory.filter((entry) => 'query_active_dims' in entry), told };
  } finally {
    setWarningHandler(before);
    await model.dispose();
  }
}

describe('targetActiveDims', () => {
  it.each<[string, (model: SparseEncoder) => void, dims: number, told: readonly unknown[]]>([
    // A healthy run causes no warning.
    ['an untrained model', () => undefined, 100, []],
  ])(
    'comes within 15 % of the target from %s, and stays there',
    async (_, change, dims, expected) => {
      const { log, told } = await steered(change);
      expect(log[0]?.['document_active_dims']).toBeGreaterThan(dims);
      // The last fifth of the run.
      const last = log.slice(-STEPS / 50);
      for (const side of ['query', 'document'] as const) {
        const ratios = last.map((entry) => (entry[`${side}_active_dims`] ?? NaN) / TARGET[side]);
        const mean = ratios.reduce((sum, each) => sum + each, 0) / ratios.length;
        expect(Math.abs(Math.log(mean)), `${side} ${ratios.join(' ')}`).toBeLessThan(Math.log(1.15));
        for (const ratio of ratios) expect(Math.abs(Math.log(ratio))).toBeLessThan(Math.log(1.3));
      }
      expect(told).toEqual(expected);
    },
    300_000,
  );

  it('refuses what it cannot steer', async () => {
    const model = await loadFixture('csr');
    const refused = (loss: object, target: object): (() => unknown) => {
      const args = { targetActiveDims: target };
      return () => new SparseEncoderTrainer({ model, args, loss: loss as CSRLoss });
    };
    const splade = (query: number | null): SpladeLoss =>
      new SpladeLoss(model, {
        loss: new SparseMultipleNegativesRankingLoss(model),
        documentRegularizerWeight: 0.1,
        queryRegularizerWeight: query,
      });
    expect(refused(new CSRLoss(model), TARGET)).toThrow(OptionError);
    expect(refused(new CSRLoss(model), TARGET)).toThrow('needs a SpladeLoss');
    expect(refused(splade(null), TARGET)).toThrow('has query, but queryRegularizerWeight is null');
    expect(refused(splade(0), TARGET)).toThrow('has query, but queryRegularizerWeight is 0');
    expect(refused(splade(null), { document: 5 })).not.toThrow();
    await model.dispose();
  });
});

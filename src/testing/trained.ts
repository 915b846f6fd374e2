import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { arrayDataset } from '../datasets/dataset.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import type { LoraOptions } from '../modules/lora/lora-config.js';
import { SparseEncoderTrainer, type TrainerOptions } from '../trainer/trainer.js';
import type { SparseEncoderTrainingArguments } from '../trainer/training-arguments.js';
import { oneLayerModel } from './built-programs.js';

const WORDS = ['cloud', 'sword', 'handle', 'particles', 'of', 'a', 'the', 'rain', 'light', 'stone'];
const text = (seed: number): string =>
  Array.from({ length: 2 + (seed % 5) }, (_, at) => WORDS[(seed * 7 + at * 3) % WORDS.length]).join(' ');
export const ROWS = Array.from({ length: 22 }, (_, row) => ({ anchor: text(row), positive: text(row + 50) }));

export const spladeLoss = (model: SparseEncoder): SpladeLoss =>
  new SpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: 0.003,
    queryRegularizerWeight: 0.005,
  });

export async function parametersOf(model: SparseEncoder): Promise<Record<string, Float32Array>> {
  const entries = model
    .namedParameters()
    .map(async ([name, variable]) => [name, (await variable.data()).slice()]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, Float32Array>;
}

export async function trained(
  args: SparseEncoderTrainingArguments,
  more: Partial<TrainerOptions> = {},
  options: Parameters<SparseEncoderTrainer['train']>[0] = {},
  lora?: LoraOptions,
): Promise<{
  output: Awaited<ReturnType<SparseEncoderTrainer['train']>>;
  parameters: Record<string, Float32Array>;
}> {
  const model = await SparseEncoder.load(oneLayerModel());
  try {
    if (lora !== undefined) model.addAdapter(lora);
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

/** The lines of the log, without times. */
export function metricsIn(outputDir: string): Record<string, number>[] {
  const lines = readFileSync(join(outputDir, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const entry = JSON.parse(line) as Record<string, number>;
    return Object.fromEntries(Object.entries(entry).filter(([name]) => !/_runtime|_per_second/.test(name)));
  });
}

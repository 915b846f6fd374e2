import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { seededPermutations } from '../../../src/datasets/samplers/permutations.js';
import { modelFolder, realTexts } from '../encode/spec.js';

const count = z.number().int().positive();

/** A model, pairs of texts, and the order in which our trainer takes them in its first epoch. */
export const TrainCase = z.object({
  model: z.string(),
  pairs: z.array(z.object({ anchor: z.string(), positive: z.string() })),
  seed: z.number(),
  order: z.array(z.number()),
  batchSize: count,
  regularizerWeight: z.number(),
  learningRate: z.number(),
  /** Steps of a round. */
  steps: count,
  /** The step whose loss both sides report. */
  valueStep: count,
});

export type TrainCase = z.infer<typeof TrainCase>;

const RECIPE = { seed: 42, regularizerWeight: 0.01, learningRate: 2e-5, steps: 4, valueStep: 3 };

/** Batches that both sides take in turn, epoch by epoch. */
const BATCHES = 64;
/** Shorter texts are words rather than passages. */
const PASSAGE = 6;

export function trainRows(quick: boolean): { name: string; spec: TrainCase }[] {
  const model = withoutDropout(modelFolder('splade'));
  const rows: { name: string; batchSize: number; pairs: TrainCase['pairs'] }[] = [
    { name: 'passages of 6 to 100 words, 16 pairs', batchSize: 16, pairs: pairsOfPassages() },
    { name: 'words and their definitions, 32 pairs', batchSize: 32, pairs: pairsOfDefinitions(32 * BATCHES) },
  ];
  return rows.slice(0, quick ? 1 : rows.length).map(({ name, ...rest }) => ({
    name,
    spec: {
      ...RECIPE,
      ...rest,
      model,
      order: [...seededPermutations(RECIPE.seed, 0)(0)(rest.pairs.length)],
    },
  }));
}

function pairsOfPassages(): TrainCase['pairs'] {
  const passages = realTexts().filter((text) => text.split(' ').length >= PASSAGE);
  return Array.from({ length: Math.floor(passages.length / 32) * 16 }, (_, pair) => ({
    anchor: passages[2 * pair] as string,
    positive: passages[2 * pair + 1] as string,
  }));
}

function pairsOfDefinitions(number: number): TrainCase['pairs'] {
  const lines = readFileSync(modelFolder('pairs.jsonl'), 'utf8').split('\n', number);
  return lines.map((line) => JSON.parse(line) as TrainCase['pairs'][number]);
}

/** The model with all dropout off, so that both sides compute the same loss. */
function withoutDropout(folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'bench-train-'));
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true });
  const config = readFileSync(join(folder, 'config.json'), 'utf8');
  writeFileSync(join(copy, 'config.json'), config.replace(/("\w*dropout\w*"\s*:\s*)[\d.]+/g, '$10.0'));
  return copy;
}

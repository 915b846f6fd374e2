import type { SparseEncoderTrainingArguments } from '../../src/index.js';
import type { MODELS } from './models.js';

export const STEPS = 100;

export interface Expected {
  readonly says: RegExp;
  readonly by: number;
}

/** A short run, healthy or sick. */
export interface Run {
  readonly name: string;
  readonly model: keyof typeof MODELS;
  readonly args: SparseEncoderTrainingArguments;
  /** The weight of both regularizers of a SpladeLoss; an inference-free model has none for queries. */
  readonly weight?: number;
  /** The share of steps in which these weights rise. Default 1/3. */
  readonly warmupRatio?: number;
  /** Added to each logit, so that more dimensions are active at first; 10 makes all of them active. */
  readonly bias?: number;
  readonly csr?: { readonly beta?: number; readonly gamma?: number };
  /** What a warning must say first, and by which step. Undefined: there must be no warning. */
  readonly expects?: Expected;
}

const SPLADE = { model: 'splade', args: { learningRate: 2e-3 }, weight: 0.01 } as const;
const SMALL = { model: 'splade', args: { learningRate: 2e-5 }, weight: 5e-5 } as const;
const CSR = { model: 'csr', args: { learningRate: 1e-3 }, csr: { beta: 0.1, gamma: 0.1 } } as const;
const routerMapping = { anchor: 'query', positive: 'document' };
const FREE = {
  model: 'inference-free',
  args: { learningRate: 1e-3, learningRateMapping: { 'query\\.0\\.weight': 1e-2 }, routerMapping },
  weight: 0.003,
} as const;

const zero = (by: number): Expected => ({ says: /embeddings of most .* were zero/, by });
const still = (by: number): Expected => ({ says: /the loss has been .* whatever the batch/, by });
const dense = (by: number): Expected => ({ says: /dimensions of documents are active/, by });
const dead = (by: number): Expected => ({ says: /latents .* are dead/, by });
const never = (says: RegExp): Expected => ({ says, by: 0 });

export const RUNS: readonly Run[] = [
  { name: 'SPLADE, as the quickstart', ...SPLADE },
  { name: 'SPLADE, 2e-5', ...SMALL },
  { name: 'SPLADE, logits raised by 1', ...SPLADE, bias: 1 },
  { name: 'CSR, 1e-3', ...CSR },
  { name: 'CSR, 4e-5', ...CSR, args: { learningRate: 4e-5 } },
  { name: 'inference-free', ...FREE },
  { name: 'SPLADE, rate x 100', ...SPLADE, args: { learningRate: 0.2 }, expects: zero(30) },
  { name: 'CSR, rate x 100', ...CSR, args: { learningRate: 0.1 }, expects: dead(30) },
  {
    name: 'inference-free, rates x 100',
    ...FREE,
    args: { learningRate: 0.1, learningRateMapping: { 'query\\.0\\.weight': 1 }, routerMapping },
    expects: still(70),
  },
  { name: 'SPLADE, weight x 100', ...SPLADE, weight: 1, expects: zero(60) },
  { name: 'inference-free, weight x 1000', ...FREE, weight: 3, expects: zero(60) },
  {
    name: 'SPLADE, logits raised by 4',
    ...SPLADE,
    bias: 4,
    expects: dense(45),
  },
  { name: 'SPLADE, all dense, weight 0', ...SPLADE, weight: 0, bias: 10, expects: dense(10) },
  {
    name: 'SPLADE, all dense, 2e-5',
    ...SMALL,
    bias: 10,
    expects: dense(45),
  },
  {
    name: 'CSR without beta, 3e-2',
    ...CSR,
    args: { learningRate: 0.03 },
    csr: { beta: 0, gamma: 0.1 },
    expects: dead(60),
  },
  { name: 'rate 0', ...SPLADE, args: { learningRate: 0 }, expects: never(/training changes nothing/) },
  {
    name: 'learning rate never reached',
    ...SPLADE,
    args: { learningRate: 2e-3, warmupSteps: 200 },
    expects: never(/never reaches learningRate/),
  },
  {
    name: 'weights never reached',
    ...SPLADE,
    warmupRatio: 1,
    expects: never(/never reach their full values/),
  },
];

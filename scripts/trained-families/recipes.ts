import type { FamilyRecipe } from './spec.js';

export const FAMILIES = ['splade', 'csr', 'inference-free'] as const;
export type Family = (typeof FAMILIES)[number];

const IN_BATCH = { loss: 'SparseMultipleNegativesRankingLoss', lossOptions: {} };
/** The vocabulary head starts from random weights; everything else is pretrained. */
const HEAD = { 'predictions\\.(transform|bias)': 1e-3 };
const WARMUP = 0.1;

export const RECIPES: Readonly<Record<Family, FamilyRecipe>> = {
  splade: {
    steps: 60,
    loss: {
      ...IN_BATCH,
      wrapper: 'SpladeLoss',
      wrapperOptions: { documentRegularizerWeight: 0.03, queryRegularizerWeight: 0.05 },
    },
    args: { learningRate: 1e-4, warmupSteps: WARMUP, learningRateMapping: HEAD, routerMapping: null },
    frozen: null,
  },
  csr: {
    // A step computes neither a vocabulary head nor gradients of the transformer.
    steps: 120,
    loss: { ...IN_BATCH, wrapper: 'CSRLoss', wrapperOptions: { beta: 0.1, gamma: 0.1 } },
    args: { learningRate: 1e-3, warmupSteps: WARMUP, learningRateMapping: {}, routerMapping: null },
    frozen: '^0\\.',
  },
  'inference-free': {
    steps: 60,
    loss: {
      ...IN_BATCH,
      wrapper: 'SpladeLoss',
      // The documents start from a trained model. The queries have no terms that could be dropped.
      wrapperOptions: { documentRegularizerWeight: 0.01, queryRegularizerWeight: 0 },
    },
    args: {
      learningRate: 1e-4,
      warmupSteps: WARMUP,
      learningRateMapping: { 'query\\.0\\.weight': 1e-2 },
      routerMapping: { anchor: 'query', positive: 'document' },
    },
    frozen: null,
  },
};

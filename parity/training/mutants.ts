import { SpladeRegularizerWeightSchedulerCallback } from '../../src/api/trainer.js';
import { SpladeLoss } from '../../src/index.js';
import type { Mutant } from './check.js';
import { OPTIMIZER_MISTAKES } from './optimizer-mistakes.js';
import type { Variation } from './our-run.js';
import {
  adamW,
  counters,
  decays,
  gradients,
  halvedAt,
  keptGradients,
  linear,
  type Mistake,
  orders,
  quadratic,
  rates,
  scaledGradients,
  third,
  weights,
  withoutShortSteps,
  type WrongModel,
} from './variations.js';

export interface TrainingMutant extends Mutant {
  /** The recipe that it trains with. */
  readonly recipe: string;
  readonly variation: Variation;
  /** How its model or losses differ. It then has its own, and does not share those of the right trainer. */
  readonly wrongModel?: WrongModel;
}

const IN_BATCH = 'splade-in-batch';
const MARGIN = 'splade-margin-mse';
const DIVERGENCE = 'splade-kl-divergence';
const SEVERAL = 'splade-several-data-sets';
const FREE = 'inference-free';

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'schedule/late': {
    what: 'each step has the learning rate of the step before',
    recipe: IN_BATCH,
    ...linear(3, 0, -1),
  },
  'schedule/early': {
    what: 'each step has the learning rate of the next step',
    recipe: IN_BATCH,
    ...linear(3, 0, 1),
  },
  'schedule/end': { what: 'the learning rate is 0 one step too late', recipe: IN_BATCH, ...linear(3, 1) },
  'schedule/warmup-down': { what: 'a share of warm-up is rounded down', recipe: IN_BATCH, ...linear(2) },
  'schedule/warmup-long': { what: 'the warm-up has a step too many', recipe: IN_BATCH, ...linear(4) },
  'schedule/no-warmup': { what: 'there is no warm-up', recipe: IN_BATCH, ...linear(0) },
  'schedule/warmup-from-one': {
    what: 'the warm-up begins with its first share instead of 0',
    recipe: IN_BATCH,
    ...rates(({ step, base, right }) => (step < 3 ? (base * (step + 1)) / 4 : right)),
  },
  'schedule/linear-for-cosine': {
    what: 'another schedule than the named one',
    recipe: MARGIN,
    args: { lrSchedulerType: 'linear' },
  },
  'schedule/restarts': {
    what: 'the cosine begins anew in the middle',
    recipe: MARGIN,
    ...rates(({ step, base, right }) =>
      step < 3 ? right : base * 0.5 * (1 + Math.cos(Math.PI * (((step - 3) / 3.5) % 1))),
    ),
  },
  'schedule/timescale': {
    what: 'the inverse root counts steps from 1 where there is no warm-up',
    recipe: DIVERGENCE,
    ...rates(({ step, base }) => base / Math.sqrt(step + 1)),
  },
  'schedule/per-batch': {
    what: 'the schedule advances with every batch of an accumulated step',
    recipe: 'csr',
    ...rates(({ step, steps, base }) => base * Math.max(0, 1 - (2 * step) / steps)),
  },
  'mapping/ignored': {
    what: 'learning rates by parameter are ignored',
    recipe: FREE,
    args: { learningRateMapping: {} },
  },
  'mapping/everywhere': {
    what: 'all parameters have the learning rate of one parameter',
    recipe: FREE,
    args: { learningRateMapping: { '.': 2e-2 } },
  },
  'mapping/undecayed': {
    what: 'a parameter with a learning rate of its own does not decay',
    recipe: FREE,
    ...decays((right, name) => (name.includes('query.0') ? 0 : right)),
  },
  'mapping/unscheduled': {
    what: 'a parameter’s own learning rate does not follow the schedule',
    recipe: FREE,
    ...rates(({ base, right }) => (base > 1e-2 ? base : right)),
  },
  ...OPTIMIZER_MISTAKES,
  'accumulation/sum': {
    what: 'gradients of the batches of a step are added up',
    recipe: 'csr',
    ...scaledGradients(2),
  },
  'accumulation/last-dropped': {
    what: 'the last step of an epoch is left out if it has fewer batches',
    recipe: 'csr',
    ...withoutShortSteps(9),
  },
  'accumulation/ignored': {
    what: 'each batch is a step',
    recipe: 'csr',
    args: { gradientAccumulationSteps: 1 },
  },
  'accumulation/short-step': {
    what: 'a step of fewer batches is divided by the full number',
    recipe: 'csr',
    ...halvedAt(5),
  },
  'accumulation/regularizer-mean': {
    what: 'regularizers see one batch of a step at a time',
    recipe: 'splade-accumulated',
    ...quadratic(third),
    wrongModel: {
      change: (right) => ({ forward: (features, labels) => right.forward(features, labels) }),
    },
  },
  'regularizer/linear': {
    what: 'the weights rise linearly',
    recipe: IN_BATCH,
    callbacks: ([loss]) =>
      loss instanceof SpladeLoss
        ? [new SpladeRegularizerWeightSchedulerCallback(loss, { schedulerType: 'linear' })]
        : [],
  },
  'regularizer/late': {
    what: 'each step has the weights of the step before',
    recipe: IN_BATCH,
    ...quadratic(third, -1),
  },
  'regularizer/early': {
    what: 'each step has the weights of the next step',
    recipe: IN_BATCH,
    ...quadratic(third, 1),
  },
  'regularizer/warmup-up': {
    what: 'the steps of the warm-up are rounded up',
    recipe: IN_BATCH,
    ...quadratic((steps) => Math.ceil(steps / 3)),
  },
  'regularizer/half': {
    what: 'the weights rise over half of the steps',
    recipe: IN_BATCH,
    ...quadratic((steps) => steps / 2),
  },
  'regularizer/full': { what: 'the weights do not rise', recipe: IN_BATCH, ...weights(({ full }) => full) },
  'regularizer/swapped': {
    what: 'queries have the weight of documents',
    recipe: IN_BATCH,
    ...weights(({ step, steps, full: [document, query] }) => {
      const share = Math.min(1, step / third(steps)) ** 2;
      return [query * share, document * share];
    }),
  },
  'data/order': { what: 'batches are in another order', recipe: IN_BATCH, args: { dataSeed: 43 } },
  'data/next-epoch': {
    what: 'an epoch has the order of the next one',
    recipe: IN_BATCH,
    ...orders((epoch) => epoch + 1),
  },
  'data/same-epoch': {
    what: 'every epoch has the order of the first one',
    recipe: IN_BATCH,
    ...orders(() => 0),
  },
  'data/round-robin': {
    what: 'data sets take turns instead of being drawn by their sizes',
    recipe: SEVERAL,
    args: { multiDatasetBatchSampler: 'round_robin' },
  },
  'data/one-loss': {
    what: 'every data set has the loss of the first one',
    recipe: SEVERAL,
    wrongModel: { change: (right, all) => all[0] ?? right },
  },
  'data/one-weight': {
    what: 'every data set has the weights of the first one’s regularizers',
    recipe: SEVERAL,
    callbacks: (losses) => [
      {
        onStepBegin() {
          const [first, ...others] = losses.filter((each) => each instanceof SpladeLoss);
          for (const each of others) {
            each.documentRegularizerWeight = first?.documentRegularizerWeight ?? 0;
            each.queryRegularizerWeight = first?.queryRegularizerWeight ?? 0;
          }
        },
      },
    ],
  },
  'data/last-dropped': {
    what: 'the last, smaller batch of an epoch is left out',
    recipe: IN_BATCH,
    args: { dataloaderDropLast: true },
  },
  'data/labels-shifted': {
    what: 'each row has the label of the one before',
    recipe: MARGIN,
    rows: (rows) => rows.map((row, index) => ({ ...row, score: rows.at(index - 1)?.['score'] })),
  },
  'data/columns-swapped': {
    what: 'the first two columns are swapped',
    recipe: MARGIN,
    rows: (rows) =>
      rows.map(({ query, positive, ...rest }) => ({ query: positive, positive: query, ...rest })),
  },
  'data/route': {
    what: 'queries take the route of documents',
    recipe: FREE,
    args: { routerMapping: { anchor: 'document', positive: 'document' } },
  },
  'gradient/parameter-left-out': {
    what: 'a parameter is not trained',
    recipe: IN_BATCH,
    ...gradients(() => ([first, ...others]) => [new Float32Array(first?.length ?? 0), ...others]),
  },
  'gradient/kept': {
    what: 'gradients of the step before are not cleared',
    recipe: MARGIN,
    ...keptGradients(),
  },
  'frozen/trained': {
    what: 'parameters that are frozen are trained',
    recipe: DIVERGENCE,
    wrongModel: { thawed: true },
  },
  'counters/reset': {
    what: 'every step restarts the count of inactive steps of latents at 0',
    recipe: 'csr',
    ...counters(() => 0),
  },
  'counters/kept': {
    what: 'latents do not age',
    recipe: 'csr',
    ...counters((_, before) => before),
  },
  'counters/once': {
    what: 'latents age half as fast',
    recipe: 'csr',
    ...counters((counter, before) => before + Math.ceil((counter - before) / 2)),
  },
  'dropout/on': { what: 'units are dropped', recipe: IN_BATCH, wrongModel: { keepsDropout: true } },
};

export const TRAINING_MUTANTS: readonly TrainingMutant[] = Object.entries(MISTAKES).map(
  ([id, { what, recipe, wrongModel, ...variation }]) => ({
    id,
    what,
    recipe,
    variation,
    ...(wrongModel && { wrongModel }),
  }),
);

/** Right variants, built in the same way as the wrong ones. */
export const TRAINING_CONTROLS: readonly TrainingMutant[] = [
  { id: 'control/adam', what: 'nothing', recipe: IN_BATCH, variation: adamW({}) },
  { id: 'control/schedule', what: 'nothing', recipe: IN_BATCH, variation: linear(3) },
  { id: 'control/weights', what: 'nothing', recipe: IN_BATCH, variation: quadratic(third) },
  { id: 'control/gradients', what: 'nothing', recipe: MARGIN, variation: scaledGradients(1) },
];

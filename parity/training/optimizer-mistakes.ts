import { decaysWeights } from '../../src/api/training.js';
import { adamW, decays, gradients, type Mistake } from './variations.js';
import { normOf } from './wrong-adamw.js';

const IN_BATCH = 'splade-in-batch';
const MARGIN = 'splade-margin-mse';
const DIVERGENCE = 'splade-kl-divergence';
/** The limit for the norm of the gradient in the CSR recipe. */
const CSR_LIMIT = 0.2;

/** Mistakes in weight decay, in AdamW's formula, and in clipping by norm. */
export const OPTIMIZER_MISTAKES: Readonly<Record<string, Mistake>> = {
  'decay/biases': {
    what: 'biases decay',
    recipe: IN_BATCH,
    ...decays((right, name) => (name.endsWith('bias') ? 0.1 : right)),
  },
  'decay/normalizations': {
    what: 'the weights of normalizations decay',
    recipe: IN_BATCH,
    ...decays((right, name) => (/norm.*weight/i.test(name) ? 0.1 : right)),
  },
  'decay/inverted': {
    what: 'only biases and normalizations decay',
    recipe: IN_BATCH,
    ...decays((_, name) => (decaysWeights(name) ? 0 : 0.1)),
  },
  'decay/none': { what: 'nothing decays', recipe: IN_BATCH, args: { weightDecay: 0 } },
  'decay/twice': {
    what: 'weights decay twice a step',
    recipe: IN_BATCH,
    ...adamW({ decayed: (x, decay, { now }) => x * (1 - now * decay) ** 2 }),
  },
  'decay/coupled': {
    what: 'decay is added to the gradient',
    recipe: IN_BATCH,
    ...adamW({ gradient: (g, x, decay) => g + decay * x, decayed: (x) => x }),
  },
  'decay/unscheduled': {
    what: 'decay does not follow the schedule',
    recipe: IN_BATCH,
    ...adamW({ decayed: (x, decay, { base }) => x * (1 - base * decay) }),
  },
  'decay/without-rate': {
    what: 'decay is not multiplied by the learning rate',
    recipe: IN_BATCH,
    ...adamW({ decayed: (x, decay) => x * (1 - decay) }),
  },
  'adam/no-correction': {
    what: 'moments are not corrected for their start',
    recipe: DIVERGENCE,
    ...adamW({ correctsFirst: false, correctsSecond: false }),
  },
  'adam/first-uncorrected': {
    what: 'the first moment is not corrected for its start',
    recipe: DIVERGENCE,
    ...adamW({ correctsFirst: false }),
  },
  'adam/second-uncorrected': {
    what: 'the second moment is not corrected for its start',
    recipe: DIVERGENCE,
    ...adamW({ correctsSecond: false }),
  },
  'adam/step-late': {
    what: 'the correction counts one step too many',
    recipe: DIVERGENCE,
    ...adamW({ count: (step) => step + 1 }),
  },
  'adam/epsilon-inside': {
    what: 'epsilon stands under the root',
    recipe: 'csr',
    ...adamW({ denominator: (v, epsilon) => Math.sqrt(v + epsilon) }),
  },
  'adam/epsilon-uncorrected': {
    what: 'epsilon is added before the second moment is corrected',
    recipe: 'csr',
    ...adamW({
      denominator: (v, epsilon, correction) => Math.sqrt(v) + epsilon / Math.sqrt(correction),
    }),
  },
  'adam/epsilon-default': {
    what: 'epsilon is always 1e-8',
    recipe: 'csr',
    args: { adamEpsilon: 1e-8 },
  },
  'adam/betas-swapped': {
    what: 'each moment has the decay of the other',
    recipe: DIVERGENCE,
    ...adamW({ betas: ([first, second]) => [second, first] }),
  },
  'adam/beta-default': {
    what: 'beta2 is always 0.999',
    recipe: 'csr',
    args: { adamBeta2: 0.999 },
  },
  'adam/nesterov': {
    what: 'the first moment looks one step ahead',
    recipe: DIVERGENCE,
    ...adamW({ direction: (m, g, beta1) => beta1 * m + (1 - beta1) * g }),
  },
  'adam/amsgrad': {
    what: 'the second moment never shrinks',
    recipe: DIVERGENCE,
    ...adamW({ keepsMost: true }),
  },
  'clip/none': { what: 'gradients are not clipped', recipe: MARGIN, args: { maxGradNorm: 0 } },
  'clip/by-parameter': {
    what: 'the norm of each parameter is limited separately',
    recipe: MARGIN,
    ...gradients(() => (right) => right.map((each) => scaledBy(each, Math.min(1, 0.05 / normOf([each]))))),
  },
  'clip/by-group': {
    what: 'the norm is limited separately for parameters that decay and for the others',
    recipe: MARGIN,
    ...gradients(({ names }) => (right) => {
      const factorOf = (isDecayed: boolean): number =>
        Math.min(
          1,
          0.05 / normOf(right.filter((_, index) => decaysWeights(names[index] ?? '') === isDecayed)),
        );
      const [without, withDecay] = [factorOf(false), factorOf(true)];
      return right.map((each, index) =>
        scaledBy(each, decaysWeights(names[index] ?? '') ? withDecay : without),
      );
    }),
  },
  'clip/before-accumulation': {
    what: 'the gradients of each batch are clipped instead of those of the step',
    recipe: 'csr',
    args: { maxGradNorm: 0 },
    batchGradients: (right) => right.map((each) => scaledBy(each, Math.min(1, CSR_LIMIT / normOf(right)))),
  },
  'clip/always': {
    what: 'gradients below the limit are scaled up to it',
    recipe: DIVERGENCE,
    ...gradients(() => (right) => right.map((each) => scaledBy(each, 1 / normOf(right)))),
  },
  'clip/values': {
    what: 'values are limited instead of the norm',
    recipe: MARGIN,
    ...gradients(() => (right) => right.map((each) => each.map((x) => Math.max(-0.05, Math.min(0.05, x))))),
  },
};

const scaledBy = (values: Float32Array, factor: number): Float32Array => values.map((x) => x * factor);

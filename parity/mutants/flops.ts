import { type EmbeddingModel, FlopsLoss, SpladeLoss, type SpladeLossOptions } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { tf } from '../../src/tf.js';
import { type Mutant, stepwise, type Topic, withLosses } from './mutant.js';
import { untracked } from './untracked.js';

interface Steps {
  /** 1 if a row is kept, otherwise 0: [B, 1] */
  readonly kept: (x: tf.Tensor2D, threshold: number) => tf.Tensor;
  /** null means that all rows are kept unchanged. */
  readonly threshold: (threshold: number | null) => number | null;
  readonly penalty: (x: tf.Tensor2D, kept: tf.Tensor) => tf.Tensor;
}

const count = (active: tf.Tensor): tf.Tensor => active.sum(1, true);

/** A choice of rows passes no gradient. */
const rows = (choose: (x: tf.Tensor, threshold: number) => tf.Tensor): Steps['kept'] => {
  return (x, threshold) => untracked(x, (input) => choose(input, threshold).cast('float32'));
};

const RIGHT: Steps = {
  kept: rows((x, threshold) => count(x.notEqual(0)).greater(threshold)),
  threshold: (threshold) => threshold,
  penalty: (x, kept) => x.mul(kept).mean(0).square().sum(),
};

function restate(wrong: Partial<Steps>): typeof FlopsLoss {
  const steps = { ...RIGHT, ...wrong };
  return class extends FlopsLoss {
    override computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
      return tf.tidy(() => {
        const threshold = steps.threshold(this.threshold);
        const kept =
          threshold === null ? tf.ones([embeddings.shape[0], 1]) : steps.kept(embeddings, threshold);
        return steps.penalty(embeddings, kept) as tf.Scalar;
      });
    }
  };
}

const TOPIC: Topic = stepwise('FlopsLoss', restate, {
  'threshold-off-by-one': {
    what: 'rows with exactly the threshold are kept (>= instead of >)',
    steps: { kept: rows((x, threshold) => count(x.notEqual(0)).greaterEqual(threshold)) },
  },
  'threshold-inverted': {
    what: 'rows above the threshold are left alone instead of those below',
    steps: { kept: rows((x, threshold) => count(x.notEqual(0)).lessEqual(threshold)) },
  },
  'threshold-zero-is-none': {
    what: 'a threshold of 0 is taken for no threshold, so rows of zeros have a gradient',
    steps: { threshold: (threshold) => threshold || null },
  },
  'threshold-ignored': { what: 'every row is kept', steps: { threshold: () => null } },
  'threshold-truncated': {
    what: 'a threshold of 1.5 becomes 1',
    steps: { threshold: (threshold) => threshold && Math.trunc(threshold) },
    equivalent: 'counts are whole numbers: more than 1.5 and more than 1 are the same',
  },
  'positive-is-active': {
    what: 'negative entries are not counted as active',
    steps: { kept: rows((x, threshold) => count(x.greater(0)).greater(threshold)) },
  },
  'large-is-active': {
    what: 'entries up to 1e-6 are not counted as active',
    steps: { kept: rows((x, threshold) => count(x.abs().greater(1e-6)).greater(threshold)) },
  },
  'columns-instead-of-rows': {
    what: 'the threshold counts the rows of a dimension instead of the dimensions of a row',
    steps: { kept: rows((x, threshold) => x.notEqual(0).sum(0, true).greater(threshold)) },
  },
  'mask-with-gradient': {
    what: 'the choice of rows carries a gradient',
    steps: {
      kept: (x, threshold) => {
        const soft = count(x.square());
        return RIGHT.kept(x, threshold).add(soft.sub(detach(soft)));
      },
    },
  },
  'mean-of-kept-rows': {
    what: 'the mean is over the kept rows only',
    steps: {
      penalty: (x, kept) =>
        x
          .mul(kept)
          .sum(0)
          .div(untracked(kept, (k) => k.sum().maximum(1)))
          .square()
          .sum(),
    },
  },
  sum: {
    what: 'sum over the batch instead of the mean',
    steps: { penalty: (x, kept) => x.mul(kept).sum(0).square().sum() },
  },
  'mean-over-dimensions': {
    what: 'the mean is over the dimensions instead of the batch',
    steps: { penalty: (x, kept) => x.mul(kept).mean(1).square().sum() },
  },
  'mean-of-squares': {
    what: 'squares are averaged instead of the mean squared',
    steps: { penalty: (x, kept) => x.mul(kept).square().mean(0).sum() },
  },
  'no-square': { what: 'means are not squared', steps: { penalty: (x, kept) => x.mul(kept).mean(0).sum() } },
  'absolute-values': {
    what: 'absolute means instead of squares',
    steps: { penalty: (x, kept) => x.mul(kept).mean(0).abs().sum() },
  },
  'absolute-entries': {
    what: 'the mean is of absolute entries, as in the paper, not of signed ones',
    steps: { penalty: (x, kept) => x.mul(kept).abs().mean(0).square().sum() },
  },
  'mean-of-dimensions': {
    what: 'mean over the dimensions instead of the sum',
    steps: { penalty: (x, kept) => x.mul(kept).mean(0).square().mean() },
  },
});

/** SpladeLoss with another regularizer in place of its own. */
function regularizedBy(Flops: typeof FlopsLoss): typeof SpladeLoss {
  return class extends SpladeLoss {
    constructor(model: EmbeddingModel, options: SpladeLossOptions) {
      const { documentRegularizerThreshold: document = null, queryRegularizerThreshold: query = null } =
        options;
      super(model, {
        ...options,
        documentRegularizer: options.documentRegularizer ?? new Flops(model, { threshold: document }),
        queryRegularizer: options.queryRegularizer ?? new Flops(model, { threshold: query }),
      });
    }
  };
}

/** The mutant also takes part wherever a SpladeLoss regularizes with it. */
function alsoInSpladeLoss(mutant: Mutant): Mutant {
  const Flops = mutant.implementation.losses['FlopsLoss'] as typeof FlopsLoss;
  return {
    ...mutant,
    implementation: withLosses({ FlopsLoss: Flops, SpladeLoss: regularizedBy(Flops) }),
    cells: ({ loss, wrapper, stratum }) =>
      (loss === 'FlopsLoss' || wrapper === 'SpladeLoss') && !stratum.startsWith('bad-input'),
  };
}

export const FLOPS: Topic = {
  mutants: TOPIC.mutants.map(alsoInSpladeLoss),
  controls: TOPIC.controls.map(alsoInSpladeLoss),
};

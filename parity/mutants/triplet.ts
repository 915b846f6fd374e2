import { type DistanceFunction, type EmbeddingColumns, SparseTripletLoss } from '../../src/api/losses.js';
import { relu } from '../../src/ops/relu.js';
import { withGradient } from '../../src/ops/with-gradient.js';
import { tf } from '../../src/tf.js';
import { type LossClass, stepwise, type Topic, wrongDefault } from './mutant.js';
import { untracked } from './untracked.js';

type Triplet = readonly [anchor: tf.Tensor2D, positive: tf.Tensor2D, negative: tf.Tensor2D];

interface Steps {
  readonly toPositive: (distance: DistanceFunction, triplet: Triplet) => tf.Tensor;
  readonly toNegative: (distance: DistanceFunction, triplet: Triplet) => tf.Tensor;
  readonly lead: (toPositive: tf.Tensor, toNegative: tf.Tensor, margin: number) => tf.Tensor;
  readonly hinge: (lead: tf.Tensor) => tf.Tensor;
  readonly reduce: (losses: tf.Tensor) => tf.Tensor;
}

const RIGHT: Steps = {
  toPositive: (distance, [anchor, positive]) => distance(anchor, positive),
  toNegative: (distance, [anchor, , negative]) => distance(anchor, negative),
  lead: (toPositive, toNegative, margin) => toPositive.sub(toNegative).add(margin),
  hinge: relu,
  reduce: (losses) => losses.mean(),
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends SparseTripletLoss {
    override computeLossFromEmbeddings(embeddings: EmbeddingColumns): tf.Scalar {
      const triplet = embeddings as unknown as Triplet;
      return tf.tidy(() => {
        const toPositive = steps.toPositive(this.distanceMetric, triplet);
        const toNegative = steps.toNegative(this.distanceMetric, triplet);
        const lead = steps.lead(toPositive, toNegative, this.tripletMargin);
        return steps.reduce(steps.hinge(lead)) as tf.Scalar;
      });
    }
  };
}

const activeAtZero = withGradient(
  (x: tf.Tensor) => ({ value: tf.relu(x), saved: { x } }),
  (dy, { x }) => tf.where(x.less(0), tf.zerosLike(dy), dy),
);

const TOPIC = stepwise('SparseTripletLoss', restate, {
  'margin-sign': {
    what: 'the margin is subtracted',
    steps: { lead: (toPositive, toNegative, margin) => toPositive.sub(toNegative).sub(margin) },
  },
  'roles-swapped': {
    what: 'the positive must be farther than the negative',
    steps: { lead: (toPositive, toNegative, margin) => toNegative.sub(toPositive).add(margin) },
  },
  'squared-distance': {
    what: 'squared distances',
    steps: {
      lead: (toPositive, toNegative, margin) => toPositive.square().sub(toNegative.square()).add(margin),
    },
  },
  'negative-from-positive': {
    what: 'the negative is measured from the positive instead of the anchor',
    steps: { toNegative: (distance, [, positive, negative]) => distance(positive, negative) },
  },
  'positive-swapped': {
    what: 'd(p, a) instead of d(a, p)',
    steps: { toPositive: (distance, [anchor, positive]) => distance(positive, anchor) },
    equivalent: 'every metric of the table is symmetric, and so is its gradient',
  },
  'hinge-at-zero': { what: 'the hinge has slope 1 at exactly 0', steps: { hinge: activeAtZero } },
  'no-hinge': { what: 'easy triplets are rewarded', steps: { hinge: (lead) => lead } },
  'soft-margin': { what: 'softplus instead of the hinge', steps: { hinge: (lead) => tf.softplus(lead) } },
  sum: { what: 'sum over the batch instead of the mean', steps: { reduce: (losses) => losses.sum() } },
  hardest: { what: 'only the hardest triplet counts', steps: { reduce: (losses) => losses.max() } },
  'mean-of-active': {
    what: 'mean over the triplets that violate the margin',
    steps: { reduce: (losses) => losses.sum().div(untracked(losses, (l) => l.greater(0).sum().maximum(1))) },
  },
});

export const TRIPLET: Topic = {
  ...TOPIC,
  mutants: [...TOPIC.mutants, wrongDefault('SparseTripletLoss', 'tripletMargin', 1)],
};

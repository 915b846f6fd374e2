import { type EmbeddingColumns, SparseCoSENTLoss } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { logSumExp } from '../../src/ops/log-sum-exp.js';
import { tf } from '../../src/tf.js';
import { type LossClass, lossMutant, stepwise, type Topic, wrongDefault } from './mutant.js';

interface Steps {
  readonly scaled: (similarities: tf.Tensor1D, scale: number) => tf.Tensor1D;
  readonly labels: (labels: tf.Tensor) => tf.Tensor;
  /** Whether pair (i, j) is compared. label_i is [B, 1], label_j [1, B]. */
  readonly compared: (labelI: tf.Tensor, labelJ: tf.Tensor) => tf.Tensor;
  /** S_i is [B, 1], S_j [1, B]. */
  readonly differences: (scoreI: tf.Tensor, scoreJ: tf.Tensor) => tf.Tensor;
  /** From the differences [1, B * B], with -Infinity for a pair that is not compared. */
  readonly loss: (differences: tf.Tensor2D) => tf.Tensor;
}

const withZero = (terms: tf.Tensor2D): tf.Tensor2D => tf.concat2d([tf.zeros([1, 1]), terms], 1);

const RIGHT: Steps = {
  scaled: (similarities, scale) => similarities.mul(scale),
  labels: (labels) => labels,
  compared: (labelI, labelJ) => labelI.less(labelJ),
  differences: (scoreI, scoreJ) => scoreI.sub(scoreJ),
  loss: (differences) => logSumExp(withZero(differences)),
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends SparseCoSENTLoss {
    override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels: tf.Tensor): tf.Scalar {
      const [a, b] = embeddings as [tf.Tensor2D, tf.Tensor2D];
      const batch = a.shape[0];
      return tf.tidy(() => {
        const scores = steps.scaled(this.similarityFct(a, b), this.scale);
        const order = steps.labels(labels.cast('float32').reshape([batch]));
        const compared = steps.compared(order.expandDims(1), order.expandDims(0));
        const differences = steps.differences(scores.expandDims(1), scores.expandDims(0));
        const masked = tf.where(compared, differences, tf.onesLike(differences).mul(-Infinity));
        return steps.loss(masked.reshape([1, batch * batch])).reshape<tf.Scalar>([]);
      });
    }
  };
}

const TOPIC = stepwise('SparseCoSENTLoss', restate, {
  'equal-labels': {
    what: 'pairs of equal labels are compared, too (<= instead of <)',
    steps: { compared: (i, j) => i.lessEqual(j) },
  },
  'labels-reversed': {
    what: 'the lower label should be the more similar (> instead of <)',
    steps: { compared: (i, j) => i.greater(j) },
  },
  'all-pairs': {
    what: 'all pairs of different labels are compared, in both directions',
    steps: { compared: (i, j) => i.notEqual(j) },
  },
  'differences-reversed': {
    what: 'S_j - S_i instead of S_i - S_j',
    steps: { differences: (i, j) => j.sub(i) },
  },
  'labels-rounded': { what: 'labels become integers', steps: { labels: (labels) => labels.round() } },
  'without-one': {
    what: 'log(sum exp) without the 1 +',
    steps: { loss: (differences) => logSumExp(differences) },
  },
  'naive-log-sum-exp': {
    what: 'log(1 + sum exp) as it stands, which overflows',
    steps: { loss: (differences) => differences.exp().sum().add(1).log() },
  },
  'mean-of-pairs': {
    what: 'log(1 + mean exp) instead of the sum',
    steps: { loss: (differences) => logSumExp(withZero(differences.sub(Math.log(differences.size)))) },
  },
  'hardest-pair': {
    what: 'only the most wronged pair counts',
    steps: { loss: (differences) => withZero(differences).max() },
  },
  'no-scale': { what: 'the scale is ignored', steps: { scaled: (similarities) => similarities } },
  'scale-divides': {
    what: 'the scale is taken for a temperature',
    steps: { scaled: (similarities, scale) => similarities.div(scale) },
  },
});

class LabelsGetGradient extends SparseCoSENTLoss {
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels: tf.Tensor): tf.Scalar {
    const nothing = labels.sub(detach(labels)).sum();
    return super.computeLossFromEmbeddings(embeddings, labels).add(nothing);
  }
}

export const COSENT: Topic = {
  ...TOPIC,
  mutants: [
    ...TOPIC.mutants,
    wrongDefault('SparseCoSENTLoss', 'scale', 1),
    lossMutant('SparseCoSENTLoss', 'labels-get-gradient', 'labels get a gradient of 1', LabelsGetGradient),
  ],
};

import { type EmbeddingColumns, SparseCosineSimilarityLoss } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { normalizeRowsClamped, rowNorms } from '../../src/ops/norm.js';
import { tf } from '../../src/tf.js';
import { normalized } from './cosine.js';
import { type LossClass, stepwise, type Topic } from './mutant.js';

type Loss = SparseCosineSimilarityLoss;

interface Steps {
  readonly cosines: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor1D;
  readonly predictions: (loss: Loss, cosines: tf.Tensor1D) => tf.Tensor1D;
  readonly labels: (loss: Loss, labels: tf.Tensor, batch: number) => tf.Tensor;
  readonly compare: (loss: Loss, predictions: tf.Tensor1D, labels: tf.Tensor) => tf.Scalar;
}

const RIGHT: Steps = {
  cosines: (a, b) => normalizeRowsClamped(a).mul(normalizeRowsClamped(b)).sum(1),
  predictions: (loss, cosines) => loss.cosScoreTransformation(cosines),
  labels: (_, labels, batch) => labels.cast('float32').reshape([batch]),
  compare: (loss, predictions, labels) => loss.lossFct(predictions, labels as tf.Tensor1D),
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends SparseCosineSimilarityLoss {
    override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels: tf.Tensor): tf.Scalar {
      const [a, b] = embeddings as [tf.Tensor2D, tf.Tensor2D];
      return tf.tidy(() => {
        const predictions = steps.predictions(this, steps.cosines(a, b));
        return steps.compare(this, predictions, steps.labels(this, labels, a.shape[0]));
      });
    }
  };
}

export const COSINE_SIMILARITY: Topic = stepwise('SparseCosineSimilarityLoss', restate, {
  'floor-of-normalize': {
    what: 'norms have the floor 1e-12 of normalize instead of 1e-8',
    steps: {
      cosines: (a, b) =>
        normalized(a, 1e-12, 'hidden')
          .mul(normalized(b, 1e-12, 'hidden'))
          .sum(1),
    },
  },
  'floor-seen': {
    what: 'the gradient knows of the floor 1e-8',
    steps: {
      cosines: (a, b) =>
        normalized(a, 1e-8, 'seen')
          .mul(normalized(b, 1e-8, 'seen'))
          .sum(1),
    },
  },
  'floor-of-product': {
    what: 'the product of the norms has a floor of 1e-8, not each norm',
    steps: {
      cosines: (a, b) =>
        a
          .mul(b)
          .sum(1)
          .div(rowNorms(a).mul(rowNorms(b)).maximum(1e-8)),
    },
  },
  'dot-product': { what: 'no normalization', steps: { cosines: (a, b) => a.mul(b).sum(1) } },
  'floor-added': {
    what: '1e-8 is added to the norms',
    steps: {
      cosines: (a, b) => {
        const unit = (x: tf.Tensor2D): tf.Tensor => x.div(rowNorms(x).add(1e-8).expandDims(1));
        return unit(a).mul(unit(b)).sum(1);
      },
    },
  },
  'not-transformed': {
    what: 'cosScoreTransformation is ignored',
    steps: { predictions: (_, cosines) => cosines },
  },
  'labels-transformed': {
    what: 'labels are transformed, too',
    steps: {
      labels: (loss, labels, batch) =>
        loss.cosScoreTransformation(RIGHT.labels(loss, labels, batch) as tf.Tensor1D),
    },
  },
  'labels-rounded': {
    what: 'labels become integers',
    steps: { labels: (loss, labels, batch) => RIGHT.labels(loss, labels, batch).round() },
  },
  'labels-detached': {
    what: 'no gradient flows into the labels',
    steps: { labels: (loss, labels, batch) => detach(RIGHT.labels(loss, labels, batch)) },
  },
  'labels-not-flattened': {
    what: 'labels [B, 1] meet scores [B] and become [B, B]',
    steps: {
      labels: (_, labels) => labels.cast('float32'),
      compare: (loss, predictions, labels) =>
        labels.rank === 1
          ? RIGHT.compare(loss, predictions, labels)
          : predictions.sub(labels).square().mean(),
    },
  },
});

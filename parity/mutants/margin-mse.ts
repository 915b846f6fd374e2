import { type EmbeddingColumns, SparseMarginMSELoss } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { tf } from '../../src/tf.js';
import { type LossClass, stepwise, type Topic } from './mutant.js';

interface Steps {
  readonly labels: (labels: tf.Tensor) => tf.Tensor;
  /** [B, 1] and [B, n] to [B, n] */
  readonly margins: (positive: tf.Tensor, negatives: tf.Tensor) => tf.Tensor;
  readonly teacherMargins: (positive: tf.Tensor, negatives: tf.Tensor) => tf.Tensor;
  /** The teacher's scores of positive [B, 1] and negatives [B, n], from labels [B, n + 1]. */
  readonly teacherScores: (labels: tf.Tensor2D) => readonly [positive: tf.Tensor, negatives: tf.Tensor];
  /** The teacher's margins, from labels [B] or [B, n]. */
  readonly givenMargins: (labels: tf.Tensor, batch: number) => tf.Tensor;
  readonly difference: (margins: tf.Tensor, teacher: tf.Tensor) => tf.Tensor;
  readonly loss: (difference: tf.Tensor) => tf.Tensor;
}

const RIGHT: Steps = {
  labels: detach,
  margins: (positive, negatives) => positive.sub(negatives),
  teacherMargins: (positive, negatives) => positive.sub(negatives),
  teacherScores: (labels) => [labels.slice([0, 0], [-1, 1]), labels.slice([0, 1])],
  givenMargins: (labels, batch) => labels.reshape([batch, -1]),
  difference: (margins, teacher) => margins.sub(teacher),
  loss: (difference) => difference.square().mean(),
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends SparseMarginMSELoss {
    override computeLossFromEmbeddings(embeddings: EmbeddingColumns, given: tf.Tensor): tf.Scalar {
      const [queries, ...documents] = embeddings as [tf.Tensor2D, ...tf.Tensor2D[]];
      const labels = steps.labels(given);
      const scored = labels.rank === 2 && labels.shape[1] === documents.length;
      return tf.tidy(() => {
        const scores = tf.stack(
          documents.map((document) => this.similarityFct(queries, document)),
          1,
        );
        const margins = steps.margins(scores.slice([0, 0], [-1, 1]), scores.slice([0, 1]));
        const teacher = scored
          ? steps.teacherMargins(...steps.teacherScores(labels as tf.Tensor2D))
          : steps.givenMargins(labels, queries.shape[0]);
        return steps.loss(steps.difference(margins, teacher)) as tf.Scalar;
      });
    }
  };
}

export const MARGIN_MSE: Topic = stepwise('SparseMarginMSELoss', restate, {
  'margin-sign': {
    what: 'negative minus positive for the student',
    steps: { margins: (positive, negatives) => negatives.sub(positive) },
  },
  'teacher-margin-sign': {
    what: 'negative minus positive for the teacher’s scores',
    steps: { teacherMargins: (positive, negatives) => negatives.sub(positive) },
  },
  'labels-added': {
    what: 'the teacher’s margin is added instead of subtracted',
    steps: { difference: (margins, teacher) => margins.add(teacher) },
  },
  'scores-as-margins': {
    what: 'the teacher’s scores of the negatives are taken for margins',
    steps: { teacherMargins: (_, negatives) => negatives },
  },
  'positive-score-last': {
    what: 'the positive’s score is looked for in the last label column',
    steps: {
      teacherScores: (labels) => {
        const n = labels.shape[1] - 1;
        return [labels.slice([0, n], [-1, 1]), labels.slice([0, 0], [-1, n])];
      },
    },
  },
  'labels-transposed': {
    what: 'square labels are read in the wrong order',
    steps: {
      givenMargins: (labels, batch) =>
        labels.rank === 2 && labels.shape[1] === batch
          ? labels.transpose()
          : RIGHT.givenMargins(labels, batch),
    },
  },
  'labels-broadcast': {
    what: 'labels [B] meet margins [B, 1] and become [B, B]',
    steps: { givenMargins: (labels) => labels },
  },
  'margins-only-of-first-negative': {
    what: 'negatives after the first are ignored',
    steps: { difference: (margins, teacher) => margins.sub(teacher).slice([0, 0], [-1, 1]) },
  },
  'absolute-difference': {
    what: 'absolute differences instead of squares',
    steps: { loss: (difference) => difference.abs().mean() },
  },
  sum: {
    what: 'sum instead of the mean',
    steps: { loss: (difference) => difference.square().sum() },
  },
  'mean-over-batch': {
    what: 'sum over the negatives, mean over the batch only',
    steps: { loss: (difference) => difference.square().sum(1).mean() },
  },
  'labels-not-detached': {
    what: 'the gradient flows into the labels',
    steps: { labels: (labels) => labels },
  },
  half: { what: 'half the square', steps: { loss: (difference) => difference.square().mean().div(2) } },
});

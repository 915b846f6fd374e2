import { type EmbeddingColumns, type Features, SparseMSELoss, UsageError } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { tf } from '../../src/tf.js';
import { type LossClass, stepwise, type Topic } from './mutant.js';

interface Steps {
  /** Changes the labels as `forward` receives them. */
  readonly aloneTargets: (labels: tf.Tensor) => tf.Tensor;
  readonly targets: (labels: tf.Tensor) => tf.Tensor;
  readonly columns: (embeddings: EmbeddingColumns) => EmbeddingColumns;
  /** The target of a column, from labels [B, D]; it is broadcast to the embedding. */
  readonly sharedTarget: (labels: tf.Tensor2D, column: number) => tf.Tensor;
  /** The target of a column, from labels [B, columns, D]. */
  readonly ownTarget: (labels: tf.Tensor3D, column: number) => tf.Tensor;
  readonly columnLoss: (difference: tf.Tensor2D) => tf.Tensor;
  readonly overColumns: (losses: tf.Tensor[]) => tf.Tensor;
}

const RIGHT: Steps = {
  aloneTargets: detach,
  targets: (labels) => labels,
  columns: (embeddings) => embeddings,
  sharedTarget: (labels) => labels,
  ownTarget: (labels, column) => labels.slice([0, column, 0], [-1, 1, -1]).squeeze([1]),
  columnLoss: (difference) => difference.square().mean(),
  overColumns: (losses) => tf.addN(losses).div(losses.length),
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends SparseMSELoss {
    override forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): tf.Scalar {
      if (labels === undefined) throw new UsageError('labels are missing');
      const embeddings = sentenceFeatures.map(({ sentenceEmbedding }) => sentenceEmbedding as tf.Tensor2D);
      return this.computeLossFromEmbeddings(embeddings, steps.aloneTargets(labels));
    }

    override computeLossFromEmbeddings(embeddings: EmbeddingColumns, given: tf.Tensor): tf.Scalar {
      return tf.tidy(() => {
        const labels = steps.targets(given);
        const target = (column: number): tf.Tensor =>
          labels.rank === 2
            ? steps.sharedTarget(labels as tf.Tensor2D, column)
            : steps.ownTarget(labels as tf.Tensor3D, column);
        const losses = steps
          .columns(embeddings)
          .map((embedding, column) => steps.columnLoss(embedding.sub(target(column))));
        return steps.overColumns(losses) as tf.Scalar;
      });
    }
  };
}

export const MSE: Topic = stepwise('SparseMSELoss', restate, {
  'sum-over-dimensions': {
    what: 'squares are summed over the dimensions',
    steps: { columnLoss: (difference) => difference.square().sum(1).mean() },
  },
  'sum-over-batch': {
    what: 'squares are summed over the batch',
    steps: { columnLoss: (difference) => difference.square().mean(1).sum() },
  },
  'sum-over-columns': {
    what: 'columns are summed instead of averaged',
    steps: { overColumns: (losses) => tf.addN(losses) },
  },
  'first-column': {
    what: 'only the first column counts',
    steps: { columns: (embeddings) => embeddings.slice(0, 1) },
  },
  half: {
    what: 'half the square',
    steps: { columnLoss: (difference) => difference.square().mean().div(2) },
  },
  'absolute-difference': {
    what: 'absolute differences instead of squares',
    steps: { columnLoss: (difference) => difference.abs().mean() },
  },
  'root-mean-square': {
    what: 'the root of the mean square',
    steps: { columnLoss: (difference) => difference.square().mean().sqrt() },
  },
  'label-rows-as-columns': {
    what: 'column c is compared with label row c, for the whole batch',
    steps: {
      sharedTarget: (labels, column) => labels.slice([Math.min(column, labels.shape[0] - 1), 0], [1, -1]),
    },
  },
  'label-axes-confused': {
    what: 'where batch and columns are equal in number, labels are read as [columns, B, D]',
    steps: {
      ownTarget: (labels, column) =>
        labels.shape[0] === labels.shape[1]
          ? labels.slice([column, 0, 0], [1, -1, -1]).squeeze([0])
          : RIGHT.ownTarget(labels, column),
    },
  },
  'labels-detached-in-wrapper': {
    what: 'a wrapper passes no gradient to the labels, either',
    steps: { targets: detach },
  },
  'labels-not-detached-alone': {
    what: 'alone, too, the gradient flows into the labels',
    steps: { aloneTargets: (labels) => labels },
  },
  'columns-reversed': {
    what: 'label columns are read from the last to the first',
    steps: {
      ownTarget: (labels, column) => RIGHT.ownTarget(labels, labels.shape[1] - 1 - column),
    },
  },
});

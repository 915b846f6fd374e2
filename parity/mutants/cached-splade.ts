import { CachedSpladeLoss, type Features } from '../../src/index.js';
import { miniBatchRanges, type Range } from '../../src/losses/mini-batches.js';
import { detach } from '../../src/ops/detach.js';
import { withGradient } from '../../src/ops/with-gradient.js';
import { tf } from '../../src/tf.js';
import { type LossClass, stepwise, type Topic } from './mutant.js';

type Components = Record<string, tf.Scalar>;
type Compute = (embeddings: tf.Tensor2D[], labels: tf.Tensor | undefined) => Components;

interface Steps {
  /** The embedding of a column, through which the cached gradient flows into the model. */
  readonly carried: (embedding: tf.Tensor2D, ranges: readonly Range[]) => tf.Tensor2D;
  /** The same for all columns at once. */
  readonly allCarried: (embeddings: tf.Tensor2D[]) => tf.Tensor2D[];
  /** The rows that are embedded. */
  readonly kept: (embedding: tf.Tensor2D, features: Features, loss: CachedSpladeLoss) => tf.Tensor2D;
  readonly components: (
    compute: Compute,
    embeddings: tf.Tensor2D[],
    labels: tf.Tensor | undefined,
    ranges: readonly Range[],
  ) => Components;
}

const RIGHT: Steps = {
  carried: (embedding) => embedding,
  allCarried: (embeddings) => embeddings,
  kept: (embedding) => embedding,
  components: (compute, embeddings, labels) => compute(embeddings, labels),
};

/** The result that CachedSpladeLoss must equal: one forward of all rows, and one gradient. */
function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends CachedSpladeLoss {
    override forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): Components {
      const size = { rows: this.miniBatchSize, tokens: this.miniBatchNumTokens };
      const ranges = sentenceFeatures.map((features) => miniBatchRanges('CachedSpladeLoss', features, size));
      return tf.tidy(() => {
        const embeddings = sentenceFeatures.map((features, column) => {
          const { sentenceEmbedding } = this.model.forward(features);
          const kept = steps.kept(sentenceEmbedding as tf.Tensor2D, features, this);
          return steps.carried(kept, ranges[column] ?? []);
        });
        const compute: Compute = (columns, targets) => this.componentsOf(columns, targets);
        return steps.components(compute, steps.allCarried(embeddings), labels, ranges[0] ?? []);
      });
    }
  };
}

const rowsOf = <T extends tf.Tensor>(x: T, { begin, end }: Range): T => x.slice([begin], [end - begin]);

/** Keeps the values and changes the gradients, mini-batch by mini-batch. */
function miniBatchGradients(change: (gradients: tf.Tensor[]) => tf.Tensor[]): Steps['carried'] {
  return (embedding, ranges) =>
    withGradient(
      (x: tf.Tensor) => ({ value: x.clone(), saved: {} }),
      (dy) => tf.concat(change(ranges.map((range) => rowsOf(dy, range))), 0),
    )(embedding) as tf.Tensor2D;
}

const isTooLong = ({ attentionMask }: Features, tokens: number): tf.Tensor =>
  (attentionMask as tf.Tensor).sum(1, true).greater(tokens);

export const CACHED_SPLADE: Topic = stepwise('CachedSpladeLoss', restate, {
  'last-mini-batch-without-gradient': {
    what: 'the gradient of the last mini-batch never reaches the model',
    steps: {
      carried: miniBatchGradients((gradients) =>
        gradients.map((g, i) => (i === gradients.length - 1 ? tf.zerosLike(g) : g)),
      ),
    },
  },
  'first-gradient-for-all': {
    what: 'every mini-batch gets the cached gradient of the first',
    steps: {
      carried: miniBatchGradients((gradients) => {
        const [first] = gradients;
        return gradients.map((g) => (first?.shape[0] === g.shape[0] ? first : g));
      }),
    },
  },
  'gradients-averaged': {
    what: 'the gradient is divided by the number of mini-batches',
    steps: { carried: miniBatchGradients((gradients) => gradients.map((g) => g.div(gradients.length))) },
  },
  'gradients-reversed': {
    what: 'cached gradients are taken from the end',
    steps: {
      carried: miniBatchGradients((gradients) =>
        gradients.map((g, i) => {
          const other = gradients.at(-1 - i);
          return other?.shape[0] === g.shape[0] ? other : g;
        }),
      ),
    },
  },
  'gradient-of-first-column': {
    what: 'the queries’ cached gradient is used for every column',
    steps: {
      allCarried: (embeddings) => {
        if (embeddings.length === 1) return embeddings;
        const shared = withGradient(
          (x: tf.Tensor) => ({ value: x.clone(), saved: {} }),
          (dy) => tf.tile(dy.slice([0], [1]), [embeddings.length, 1, 1]),
        )(tf.stack(embeddings));
        return tf.unstack(shared) as tf.Tensor2D[];
      },
    },
  },
  'queries-without-gradient': {
    what: 'the first column is embedded without gradient',
    steps: { allCarried: ([queries, ...documents]) => [detach(queries as tf.Tensor2D), ...documents] },
  },
  'loss-per-mini-batch': {
    what: 'the loss is computed on each mini-batch and averaged',
    steps: {
      components: (compute, embeddings, labels, ranges) => {
        const batch = embeddings[0]?.shape[0] ?? 0;
        const parts = ranges.map((range) => {
          const own = labels?.shape[0] === batch ? rowsOf(labels, range) : labels?.flatten();
          const targets = own?.size === batch && own.rank === 1 ? rowsOf(own, range) : own;
          return compute(
            embeddings.map((embedding) => rowsOf(embedding, range)),
            targets,
          );
        });
        const names = Object.keys(parts[0] ?? {});
        return Object.fromEntries(
          names.map((name) => [
            name,
            tf.addN(parts.map((part) => part[name] as tf.Scalar)).div<tf.Scalar>(parts.length),
          ]),
        );
      },
    },
  },
  'labels-without-gradient': {
    what: 'the labels get no gradient through the cache',
    steps: {
      components: (compute, embeddings, labels) => compute(embeddings, labels && detach(labels)),
    },
  },
  'long-rows-cut': {
    what: 'a row with more tokens than the budget is not embedded',
    steps: {
      kept: (embedding, features, { miniBatchNumTokens }) =>
        miniBatchNumTokens === null
          ? embedding
          : embedding.mul(tf.logicalNot(isTooLong(features, miniBatchNumTokens)).cast('float32')),
    },
  },
});

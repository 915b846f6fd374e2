import type { TrainingBatch } from '../datasets/training-batch.js';
import { InputError } from '../errors.js';
import type { EmbeddingColumns } from '../features.js';
import { CachedSpladeLoss } from '../losses/cached-splade-loss.js';
import { type BaseLoss, lossComponents, type LossValue } from '../losses/loss.js';
import type { SpladeLoss } from '../losses/splade-loss.js';
import { tf } from '../tf.js';

/**
 * Combines several consecutive batches of `rows` rows into one SpladeLoss. The base loss is the mean over the batches, as in
 * gradient accumulation. The regularizers see all rows together, because FLOPS squares a mean over the rows, and the mean
 * of the squares of the parts is larger. Only one batch's activations are held at a time.
 *
 * @returns the loss, and a function that copies the weights that the schedule has set
 */
export function accumulatedSplade(loss: SpladeLoss, rows: number): { loss: SpladeLoss; follow: () => void } {
  const accumulated = new CachedSpladeLoss(loss.model, {
    loss: meanOverParts(loss.loss, rows),
    documentRegularizerWeight: loss.documentRegularizerWeight,
    queryRegularizerWeight: loss.useDocumentRegularizerOnly ? null : (loss.queryRegularizerWeight ?? 0),
    documentRegularizer: loss.documentRegularizer,
    queryRegularizer: loss.queryRegularizer,
    useDocumentRegularizerOnly: loss.useDocumentRegularizerOnly,
    ...(loss instanceof CachedSpladeLoss
      ? { miniBatchSize: loss.miniBatchSize, miniBatchNumTokens: loss.miniBatchNumTokens }
      : { miniBatchSize: rows }),
  });
  return {
    loss: accumulated,
    follow: () => {
      accumulated.documentRegularizerWeight = loss.documentRegularizerWeight;
      accumulated.queryRegularizerWeight = loss.queryRegularizerWeight;
    },
  };
}

function meanOverParts(base: BaseLoss, rows: number): BaseLoss {
  return {
    computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): LossValue {
      const total = embeddings[0]?.shape[0] ?? 0;
      const begins = Array.from({ length: Math.ceil(total / rows) }, (_, part) => part * rows);
      const parts = begins.map((begin) => {
        const count = Math.min(rows, total - begin);
        return lossComponents(
          base.computeLossFromEmbeddings(
            embeddings.map((column) => column.slice(begin, count)),
            labels?.slice(begin, count),
          ),
        );
      });
      const [first = {}] = parts;
      return Object.fromEntries(
        Object.keys(first).map((name) => [
          name,
          tf.addN(parts.map((part) => part[name] as tf.Scalar)).div<tf.Scalar>(parts.length),
        ]),
      );
    },
  };
}

/** Joins consecutive batches of one data set into one batch. */
export function joinBatches(batches: readonly TrainingBatch[]): TrainingBatch {
  const [first] = batches;
  if (first === undefined) throw new InputError('there are no batches to join; expected at least one');
  if (batches.length === 1) return first;
  const { labels } = first;
  return {
    ...first,
    size: batches.reduce((sum, { size }) => sum + size, 0),
    texts: first.texts.map((_, column) => batches.flatMap(({ texts }) => texts[column] ?? [])),
    labels:
      labels === undefined
        ? undefined
        : {
            values: Float32Array.from(batches.flatMap((batch) => [...(batch.labels?.values ?? [])])),
            shape: [
              batches.reduce((sum, batch) => sum + (batch.labels?.shape[0] ?? 0), 0),
              ...labels.shape.slice(1),
            ],
          },
  };
}

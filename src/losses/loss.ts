import * as tf from '@tensorflow/tfjs';
import { UsageError } from '../errors.js';
import type { EmbeddingColumns, EmbeddingModel, Features } from '../features.js';
import { hasState } from '../state/recorded-state.js';

/** A scalar, or named scalars whose sum is the loss. */
export type LossValue = tf.Scalar | Record<string, tf.Scalar>;

/** What a wrapper asks of its base loss. */
export interface BaseLoss {
  computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): LossValue;
}

/** What SpladeLoss asks of a regularizer. */
export interface Regularizer {
  /** [rows, dimensions] -> scalar */
  computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar;
  readonly threshold?: number | null;
}

/**
 * The contract of every loss, ours and a user's own: the model comes first, `forward` takes one set of features per
 * column (and the labels, if the data has any) and gives a scalar or a record of named scalars.
 *
 * In a function that `compile` records, a public field that is read and then changes makes the function be recorded anew.
 * Read a number that changes at every step as `hostScalar(() => this.weight)`. Private fields (`#weight`) are not seen.
 */
export abstract class Loss {
  /** Not read-only: a trainer may put a wrapped model in its place. */
  model: EmbeddingModel;

  constructor(model: EmbeddingModel) {
    this.model = model;
    hasState(this);
  }

  abstract forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): LossValue;

  /** The options with the reference's keys, for model cards. */
  getConfigDict(): Record<string, unknown> {
    return {};
  }

  /** BibTeX of the paper to cite. */
  get citation(): string | undefined {
    return undefined;
  }
}

/** A loss that is computed on embeddings and trains a model only inside SpladeLoss, CachedSpladeLoss or CSRLoss. */
export abstract class WrappedLoss extends Loss implements BaseLoss {
  abstract computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): LossValue;

  /** @throws UsageError always: alone, nothing would keep the embeddings sparse */
  override forward(): never {
    throw new UsageError(
      `${this.constructor.name} cannot train alone, since nothing in it keeps embeddings sparse; ` +
        `make it the base loss of SpladeLoss, CachedSpladeLoss or CSRLoss. computeLossFromEmbeddings works without.`,
    );
  }
}

/** The sum of a loss's components. The caller disposes it. */
export function totalLoss(value: LossValue): tf.Scalar {
  if (value instanceof tf.Tensor) return value;
  return tf.tidy(() => tf.addN(Object.values(value)));
}

/** A loss as named components: a scalar gets the name `base_loss`, as in the reference. */
export function lossComponents(value: LossValue): Record<string, tf.Scalar> {
  return value instanceof tf.Tensor ? { base_loss: value } : value;
}

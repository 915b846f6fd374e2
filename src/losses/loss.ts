import { type ArgumentRule, aTensor, checkArguments, isObject, objectWith } from '../arguments.js';
import { UsageError } from '../errors.js';
import type { EmbeddingColumns, EmbeddingModel, Features } from '../features.js';
import { hasState } from '../state/recorded-state.js';
import { tf } from '../tf.js';
import type { LabelValues } from './label-values.js';

/** A scalar, or named scalars whose sum is the loss. */
export type LossValue = tf.Scalar | Record<string, tf.Scalar>;

/** What a wrapper needs from its base loss. */
export interface BaseLoss {
  computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): LossValue;
  /** As `Loss.checkLabelValues`. */
  checkLabelValues?(values: LabelValues, shape: readonly number[]): void;
}

/** What SpladeLoss needs from a regularizer. */
export interface Regularizer {
  /** [rows, dimensions] -> scalar */
  computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar;
  readonly threshold?: number | null;
}

const MODEL = objectWith(['forward'], 'a model, an object with a method forward(features)');

/**
 * The contract of every loss, including a user's own: the constructor takes the model first, and `forward` takes the
 * features of each column (and the labels, if any) and returns a scalar or a record of named scalars.
 *
 * If a function that `compile` records reads a public field and the field changes later, the function is recorded
 * again. Read a number that changes at every step as `hostScalar(() => this.weight)`. Changes of private fields
 * (`#weight`) are not noticed.
 */
export abstract class Loss {
  /** Not read-only: a trainer may replace it by a wrapped model. */
  model: EmbeddingModel;

  /** @throws InputError if the model has no `forward` */
  constructor(model: EmbeddingModel) {
    checkArguments(new.target.name, { model: MODEL }, { model });
    this.model = model;
    hasState(this);
  }

  abstract forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): LossValue;

  /**
   * Checks the values of a batch's labels with this shape. `checkLabelValues(loss, labels)` calls it as well. By
   * default a loss accepts any values.
   *
   * @throws InputError that names the first value that it does not accept
   */
  checkLabelValues(_values: LabelValues, _shape: readonly number[]): void {}

  /** The options with the reference's keys, for model cards. */
  getConfigDict(): Record<string, unknown> {
    return {};
  }

  /** BibTeX of the paper to cite. */
  get citation(): string | undefined {
    return undefined;
  }
}

const SCALAR = aTensor('a scalar', 0);
const LOSS_VALUE: ArgumentRule = {
  expects: 'a scalar, or an object of named scalars',
  accepts: (value) =>
    SCALAR.accepts(value) ||
    (isObject(value) &&
      !(value instanceof tf.Tensor) &&
      Object.values(value).length > 0 &&
      Object.values(value).every(SCALAR.accepts)),
};

/** A loss that is computed from embeddings and trains a model only inside SpladeLoss, CachedSpladeLoss or CSRLoss. */
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

/** A penalty on one matrix of embeddings. It trains a model only as a regularizer of SpladeLoss or CachedSpladeLoss. */
export abstract class RegularizerLoss extends Loss implements Regularizer {
  abstract computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar;

  /** @throws UsageError always: a regularizer is a part of SpladeLoss */
  override forward(): never {
    throw new UsageError(
      `${this.constructor.name} is a regularizer and cannot train alone; SpladeLoss and CachedSpladeLoss use it.`,
    );
  }
}

/**
 * The sum of a loss's components. The caller disposes it.
 *
 * @throws InputError if `value` is not the value of a loss
 */
export function totalLoss(value: LossValue): tf.Scalar {
  const values = Object.values(lossComponents(value));
  return value instanceof tf.Tensor ? value : tf.tidy(() => tf.addN(values));
}

/**
 * A loss as named components. A scalar gets the name `base_loss`, as in the reference.
 *
 * @throws InputError if `value` is not the value of a loss
 */
export function lossComponents(value: LossValue): Record<string, tf.Scalar> {
  checkArguments('a loss', { value: LOSS_VALUE }, { value });
  return value instanceof tf.Tensor ? { base_loss: value } : value;
}

import { type ArgumentRule, aTensor, checkArguments, isObject, objectWith } from '../arguments.js';
import { UsageError } from '../errors.js';
import type { EmbeddingColumns, EmbeddingModel, Features } from '../features.js';
import { hasState } from '../state/recorded-state.js';
import { tf } from '../tf.js';
import type { LabelValues } from './label-values.js';

/** A scalar, or named scalars whose sum is the loss. */
export type LossValue = tf.Scalar | Record<string, tf.Scalar>;

/** What a wrapper asks of its base loss. */
export interface BaseLoss {
  computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): LossValue;
  /** As `Loss.checkLabelValues`. */
  checkLabelValues?(values: LabelValues, shape: readonly number[]): void;
}

/** What SpladeLoss asks of a regularizer. */
export interface Regularizer {
  /** [rows, dimensions] -> scalar */
  computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar;
  readonly threshold?: number | null;
}

const MODEL = objectWith(['forward'], 'a model, an object with a method forward(features)');

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

  /** @throws InputError for a model without `forward` */
  constructor(model: EmbeddingModel) {
    checkArguments(new.target.name, { model: MODEL }, { model });
    this.model = model;
    hasState(this);
  }

  abstract forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): LossValue;

  /**
   * Checks the values of a batch's labels, which have this shape, wherever they are at hand: `checkLabelValues(loss, labels)`
   * calls it. A loss takes any values unless it says otherwise.
   *
   * @throws InputError naming the first value that it does not take
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

/**
 * The sum of a loss's components. The caller disposes it.
 *
 * @throws InputError for what is not the value of a loss
 */
export function totalLoss(value: LossValue): tf.Scalar {
  const values = Object.values(lossComponents(value));
  return value instanceof tf.Tensor ? value : tf.tidy(() => tf.addN(values));
}

/**
 * A loss as named components: a scalar gets the name `base_loss`, as in the reference.
 *
 * @throws InputError for what is not the value of a loss
 */
export function lossComponents(value: LossValue): Record<string, tf.Scalar> {
  checkArguments('a loss', { value: LOSS_VALUE }, { value });
  return value instanceof tf.Tensor ? { base_loss: value } : value;
}

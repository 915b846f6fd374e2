import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import type { EmbeddingModel } from '../features.js';
import { nullable, numberFrom, type OptionRule, type OptionRules, resolveOptions } from '../options.js';
import { setting } from '../state/recorded-state.js';
import { tf } from '../tf.js';
import { keepDenseRows } from './dense-rows.js';
import { checkMatrix } from './inputs.js';
import { RegularizerLoss } from './loss.js';

export interface WeightedFlopsLossOptions {
  /** A weight for each dimension, at least 0. Required. */
  weights: ArrayLike<number>;
  /** Rows with at most this many active dimensions are not penalized. Default null: all rows are. */
  threshold?: number | null;
}

const isWeight = (each: number): boolean => Number.isFinite(each) && each >= 0;

const WEIGHTS: OptionRule<ArrayLike<number>> = {
  expects: 'a list of at least one number, each at least 0',
  accepts: (value) =>
    (Array.isArray(value) || ArrayBuffer.isView(value)) &&
    (value as ArrayLike<number>).length > 0 &&
    Array.prototype.every.call(value, isWeight),
};

const OPTIONS: OptionRules<Required<WeightedFlopsLossOptions>> = {
  weights: WEIGHTS,
  threshold: nullable(numberFrom(0)),
};

/**
 * FLOPS with a weight for each dimension.
 *
 *     sum_d ( (1/B) sum_b M[b] E[b, d] w[d] )^2
 *
 * M[b] is 1 for a row with more than `threshold` active dimensions, otherwise 0; without a threshold it is 1. It is
 *
 * - DF-FLOPS with `documentFrequencyWeights`, which spares terms that few documents have; `DocumentFrequencyCallback` sets
 *   these weights anew while the model learns;
 * - the IDF-aware penalty of inference-free models with `idfWeights`, and their L0 mask with a threshold as well.
 *
 * @see Porco et al., An Alternative to FLOPS Regularization to Effectively Productionize SPLADE-Doc (2025),
 *   https://arxiv.org/abs/2505.15070
 * @see Shen et al., Exploring l0 Sparsification for Inference-free Sparse Retrievers (2025), https://arxiv.org/abs/2504.14839
 * @example
 * const weights = documentFrequencyWeights(documentFrequencies(await model.encodeDocument(texts)), texts.length);
 * new SpladeLoss(model, { ..., documentRegularizer: new WeightedFlopsLoss(model, { weights }) });
 */
export class WeightedFlopsLoss extends RegularizerLoss {
  readonly threshold: number | null;
  readonly #weights: tf.Variable;

  /** @throws OptionError for an unknown option, weights below 0, or a threshold below 0 */
  constructor(model: EmbeddingModel, options: WeightedFlopsLossOptions) {
    super(model);
    const { weights, threshold } = resolveOptions<Required<WeightedFlopsLossOptions>>(
      'WeightedFlopsLoss',
      OPTIONS,
      options,
    );
    this.threshold = threshold;
    this.#weights = tf.tidy(() => tf.variable(tf.tensor1d(Float32Array.from(weights)), false));
  }

  /**
   * Replaces the weights. Programs that were compiled before use the new ones.
   *
   * @throws InputError if their number differs, or one is not a number of at least 0
   */
  setWeights(weights: ArrayLike<number>): void {
    const { size } = this.#weights;
    if (!WEIGHTS.accepts(weights) || weights.length !== size) {
      throw new InputError(
        `WeightedFlopsLoss.setWeights: weights are ${describe(weights)}; expected ${size} numbers of at least 0, as before`,
      );
    }
    tf.tidy(() => this.#weights.assign(tf.tensor1d(Float32Array.from(weights))));
  }

  /**
   * @param embeddings float32 [batch, dimensions], with a dimension for each weight
   * @returns a scalar
   * @throws InputError for anything but such a matrix with at least one row
   */
  override computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    checkMatrix('WeightedFlopsLoss', embeddings, 'the embedding matrix');
    const [, dimensions] = embeddings.shape;
    if (dimensions !== this.#weights.size) {
      throw new InputError(
        `WeightedFlopsLoss: the embeddings have ${dimensions} dimensions, but there are ${this.#weights.size} weights; expected one for each dimension`,
      );
    }
    const hasThreshold = setting(
      'whether WeightedFlopsLoss.threshold is null',
      () => this.threshold !== null,
    );
    const threshold = (): number => this.threshold as number;
    return tf.tidy(() => {
      const counted = hasThreshold ? keepDenseRows(threshold)(embeddings) : embeddings;
      return counted.mean(0).mul(this.#weights).square().sum();
    });
  }

  /** Releases the weights. */
  dispose(): void {
    this.#weights.dispose();
  }

  override getConfigDict(): Record<string, unknown> {
    return { threshold: this.threshold };
  }
}

import type { EmbeddingModel } from '../features.js';
import { hostScalar } from '../ops/host-scalar.js';
import { numberAbove, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkMatrix } from './inputs.js';
import { RegularizerLoss } from './loss.js';

export interface AntiZeroLossOptions {
  /** The least sum of weights that counts, which bounds the loss by 1 / floor^2. Default 1e-3. */
  floor?: number;
}

const OPTIONS: OptionRules<Required<AntiZeroLossOptions>> = { floor: numberAbove(0, 1e-3) };

/**
 * Anti-zero: keeps a batch of embeddings from becoming zero, which FLOPS and L1 reward.
 *
 *     1 / max(sum_b sum_d E[b, d], floor)^2
 *
 * It is next to nothing as soon as a few terms are active. The formula is that of the trainer of naver/splade, which has no
 * floor and is infinite for embeddings of zeros. Combine it with another regularizer by `WeightedRegularizers`.
 */
export class AntiZeroLoss extends RegularizerLoss {
  readonly floor: number;

  /** @throws OptionError for an unknown option or a floor that is not above 0 */
  constructor(model: EmbeddingModel, options?: AntiZeroLossOptions) {
    super(model);
    this.floor = resolveOptions('AntiZeroLoss', OPTIONS, options).floor;
  }

  /**
   * @param embeddings float32 [batch, dimensions]
   * @returns a scalar
   * @throws InputError for anything but a float32 matrix with at least one row
   */
  override computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    checkMatrix('AntiZeroLoss', embeddings, 'the embedding matrix');
    return tf.tidy(() =>
      embeddings
        .sum()
        .maximum(hostScalar(() => this.floor))
        .square()
        .reciprocal()
        .asScalar(),
    );
  }

  override getConfigDict(): Record<string, unknown> {
    return { floor: this.floor };
  }
}

import type { EmbeddingModel } from '../features.js';
import { resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkMatrix } from './inputs.js';
import { RegularizerLoss } from './loss.js';

/**
 * L1: the mean over texts of the sum of their weights.
 *
 *     (1/B) sum_b sum_d |E[b, d]|
 *
 * It shrinks each text by itself, while FLOPS shrinks what a batch has in common. Efficient SPLADE uses it for queries,
 * with a weight of 5e-4.
 *
 * @see Lassance & Clinchant, An Efficiency Study for SPLADE Models (2022), https://arxiv.org/abs/2207.03834
 * @example
 * new SpladeLoss(model, { loss, documentRegularizerWeight: 5e-4, queryRegularizerWeight: 5e-4, queryRegularizer: new L1Loss(model) });
 */
export class L1Loss extends RegularizerLoss {
  /** @throws OptionError for any option: there are none */
  constructor(model: EmbeddingModel, options?: Record<string, never>) {
    super(model);
    resolveOptions('L1Loss', {}, options);
  }

  /**
   * @param embeddings float32 [batch, dimensions]
   * @returns a scalar
   * @throws InputError for anything but a float32 matrix with at least one row
   */
  override computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    checkMatrix('L1Loss', embeddings, 'the embedding matrix');
    return tf.tidy(() => embeddings.abs().sum(1).mean());
  }

  override get citation(): string {
    return `
@misc{lassance2022efficiency,
    title={An Efficiency Study for SPLADE Models},
    author={Carlos Lassance and St\\'ephane Clinchant},
    year={2022},
    eprint={2207.03834},
    archivePrefix={arXiv},
    primaryClass={cs.IR}
}
`;
  }
}

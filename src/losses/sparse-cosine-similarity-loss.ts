import type { EmbeddingColumns, EmbeddingModel } from '../features.js';
import { configName } from '../named-function.js';
import { normalizeRowsClamped } from '../ops/norm.js';
import { aFunction, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkEmbeddings, checkResult } from './inputs.js';
import { type LabelValues, requireFinite } from './label-values.js';
import { WrappedLoss } from './loss.js';
import {
  identity,
  meanSquaredError,
  type PairLossFunction,
  type ScoreTransformation,
} from './pair-loss-functions.js';
import { scoreLabels } from './score-labels.js';

export interface SparseCosineSimilarityLossOptions {
  /** (cosines [n], labels [n]) -> scalar. Default `meanSquaredError`. */
  lossFct?: PairLossFunction;
  /** Applied to the cosines first, [n] -> [n]. Default `identity`. */
  cosScoreTransformation?: ScoreTransformation;
}

const OPTIONS: OptionRules<Required<SparseCosineSimilarityLossOptions>> = {
  lossFct: aFunction<PairLossFunction>('a function ([n], [n]) -> scalar', meanSquaredError),
  cosScoreTransformation: aFunction<ScoreTransformation>('a function [n] -> [n]', identity),
};

/**
 * Cosines should equal labels.
 *
 *     loss = lossFct( transformation( A . B / (max(|A|, 1e-8) max(|B|, 1e-8)) ), labels )
 *
 * The floor under the norms is hidden from differentiation (see `normalizeRowsClamped`), as in the reference.
 *
 * @see Reimers and Gurevych, Sentence-BERT (2019), https://arxiv.org/abs/1908.10084
 */
export class SparseCosineSimilarityLoss extends WrappedLoss {
  readonly lossFct: PairLossFunction;
  readonly cosScoreTransformation: ScoreTransformation;

  /**
   * Sets the model's similarity to cosine, as in the reference.
   *
   * @throws OptionError for unknown options or options that are not functions
   */
  constructor(model: EmbeddingModel, options?: SparseCosineSimilarityLossOptions) {
    super(model);
    const resolved = resolveOptions('SparseCosineSimilarityLoss', OPTIONS, options);
    model.similarityFnName = 'cosine';
    this.lossFct = resolved.lossFct;
    this.cosScoreTransformation = resolved.cosScoreTransformation;
  }

  /**
   * @param embeddings A and B: float32 [batch, dimensions] each
   * @param labels one number per row, in any shape with batch elements; float32, int32 or bool
   * @returns a scalar
   * @throws InputError if the number of columns or labels is wrong, labels are not finite, or the functions do not give
   *   one number per row and a scalar
   */
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): tf.Scalar {
    const name = 'SparseCosineSimilarityLoss';
    checkEmbeddings(name, embeddings, { min: 2, max: 2 }, labels);
    const [a, b] = embeddings as [tf.Tensor2D, tf.Tensor2D];
    const batch = a.shape[0];
    const targets = scoreLabels(name, labels, batch);
    return tf.tidy(() => {
      const cosines = normalizeRowsClamped(a).mul(normalizeRowsClamped(b)).sum<tf.Tensor1D>(1);
      const scores = checkResult(name, 'cosScoreTransformation', this.cosScoreTransformation(cosines), [
        batch,
      ]);
      return checkResult(name, 'lossFct', this.lossFct(scores, targets.cast('float32').reshape([batch])), []);
    });
  }

  /** Every label must be finite. */
  override checkLabelValues(values: LabelValues, shape: readonly number[]): void {
    requireFinite(this.constructor.name, values, shape);
  }

  override getConfigDict(): Record<string, unknown> {
    return {
      loss_fct: configName(this.lossFct),
      cos_score_transformation: configName(this.cosScoreTransformation),
    };
  }
}

import {
  type EmbeddingColumns,
  type EmbeddingModel,
  type Features,
  Loss,
  type PairwiseSimilarityFunction,
  type Regularizer,
  type SimilarityFunction,
  UsageError,
} from '../src/api/losses.js';
import { tf } from '../src/tf.js';

/*
 * A user's own losses, written against the public contract only. Their counterparts for the reference are in
 * reference/custom.py; the suite compares the two like any other loss.
 */

/** Two named terms: softplus of the negative's lead, and the mean square of the positive's score. */
export class LogisticMarginLoss extends Loss {
  readonly scale: number;

  constructor(model: EmbeddingModel, options: { scale?: number } = {}) {
    super(model);
    this.scale = options.scale ?? 1;
  }

  override forward(sentenceFeatures: readonly Features[]): Record<string, tf.Scalar> {
    const embeddings = sentenceFeatures.map((features) => this.model.forward(features).sentenceEmbedding);
    return this.computeLossFromEmbeddings(embeddings as tf.Tensor2D[]);
  }

  computeLossFromEmbeddings(embeddings: EmbeddingColumns): Record<string, tf.Scalar> {
    const [anchor, positive, negative, ...more] = embeddings;
    if (anchor === undefined || positive === undefined || negative === undefined || more.length > 0) {
      throw new UsageError(`LogisticMarginLoss takes three columns; got ${embeddings.length}`);
    }
    return tf.tidy(() => {
      const toPositive = anchor.mul(positive).sum(1).mul(this.scale);
      const toNegative = anchor.mul(negative).sum(1).mul(this.scale);
      return {
        ranking_loss: tf.softplus(toNegative.sub(toPositive)).mean<tf.Scalar>(),
        score_size_loss: toPositive.square().mean().mul<tf.Scalar>(1e-3),
      };
    });
  }
}

/** The mean over the rows of the sum of absolute values. */
export class L1Regularizer implements Regularizer {
  computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    return tf.tidy(() => embeddings.mul(tf.sign(embeddings)).sum(1).mean<tf.Scalar>());
  }
}

export const halfDot: SimilarityFunction = (a, b) => tf.matMul(a, b, false, true).mul(0.5);

export const pairwiseHalfDot: PairwiseSimilarityFunction = (a, b) => a.mul(b).sum<tf.Tensor1D>(1).mul(0.5);

import { anObject, checkArguments } from '../arguments.js';
import { describe } from '../describe.js';
import { InputError, UsageError } from '../errors.js';
import type { EmbeddingModel, Features } from '../features.js';
import { detach } from '../ops/detach.js';
import { hostScalar } from '../ops/host-scalar.js';
import { meanSquare } from '../ops/mean-square.js';
import { withGradient } from '../ops/with-gradient.js';
import { number, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkMatrix } from './inputs.js';
import { Loss } from './loss.js';

export interface CSRReconstructionLossOptions {
  /** Weight of the auxiliary term. Default 1. */
  beta?: number;
}

const OPTIONS: OptionRules<Required<CSRReconstructionLossOptions>> = { beta: number(1) };

const NAME = 'CSRReconstructionLoss';

/**
 * How well a sparse auto-encoder reconstructs the dense embedding x, averaged over the columns:
 *
 *     reconstruction_loss_k    mse(x, reconstruction from the k largest latents)
 *     reconstruction_loss_4k   mse(x, reconstruction from the 4k largest latents) / 8
 *     reconstruction_loss_aux  beta nmse(reconstruction from dead latents, x - stop_gradient(k-reconstruction without bias))
 *
 * nmse(r, t) = mse(r, t) / mse(mean of t over the batch, t), with divisor 1 where the batch has no variance; the
 * gradient flows through that divisor into x. Without a reconstruction from dead latents the last term is 0.
 *
 * @see Wen et al., Beyond Matryoshka: Revisiting Sparse Coding for Adaptive Representation (2025), https://arxiv.org/abs/2503.01776
 */
export class CSRReconstructionLoss extends Loss {
  readonly beta: number;

  /** @throws OptionError for unknown options or a beta that is not a number */
  constructor(model: EmbeddingModel, options?: CSRReconstructionLossOptions) {
    super(model);
    this.beta = resolveOptions(NAME, OPTIONS, options).beta;
  }

  /** @throws UsageError always: it is a part of CSRLoss */
  override forward(): never {
    throw new UsageError(`${NAME} is a part of CSRLoss and cannot train alone.`);
  }

  /**
   * @param outputs the model's output for each column, with `sentenceEmbeddingBackbone`, `decodedEmbeddingK`,
   *   `decodedEmbedding4k`, `decodedEmbeddingKPreBias`, and `decodedEmbeddingAux` (or null): float32 [batch, width]
   * @throws InputError without columns, or if an output is missing or its shape differs from the backbone's embedding
   */
  computeLossFromEmbeddings(outputs: readonly Features[]): Record<string, tf.Scalar> {
    if (!Array.isArray(outputs) || outputs.length === 0) {
      throw new InputError(
        `${NAME}: outputs are ${describe(outputs)}; expected the model's output for one or more columns`,
      );
    }
    const columns = outputs.map(reconstructions);
    const average = (terms: tf.Scalar[], weight: number | tf.Scalar): tf.Scalar =>
      tf.addN(terms).div(terms.length).mul<tf.Scalar>(weight);
    return tf.tidy(() => ({
      reconstruction_loss_k: average(
        columns.map(({ x, k }) => meanSquare(x.sub(k))),
        1,
      ),
      reconstruction_loss_4k: average(
        columns.map(({ x, fourK }) => meanSquare(x.sub(fourK))),
        1 / 8,
      ),
      reconstruction_loss_aux: average(
        columns.map(({ x, aux, withoutBias }) =>
          aux === null ? tf.scalar(0) : normalizedMeanSquare(aux, x.sub(detach(withoutBias))),
        ),
        hostScalar(() => this.beta),
      ),
    }));
  }

  override getConfigDict(): Record<string, unknown> {
    return { beta: this.beta };
  }
}

const OUTPUTS = anObject('the outputs of the modules for each column, an object each');

function reconstructions(features: Features, column: number) {
  checkArguments(NAME, { outputs: OUTPUTS }, { outputs: features });
  const matrix = (key: string): tf.Tensor2D => {
    const value = features[key];
    checkMatrix(NAME, value, `${key} of column ${column}`);
    const tensor = value as tf.Tensor2D;
    const backbone = features.sentenceEmbeddingBackbone;
    if (backbone !== undefined && tensor.shape.join() !== backbone.shape.join()) {
      throw new InputError(
        `${NAME}: ${key} of column ${column} has shape [${tensor.shape.join(', ')}]; ` +
          `expected [${backbone.shape.join(', ')}] like sentenceEmbeddingBackbone`,
      );
    }
    return tensor;
  };
  const aux = features.decodedEmbeddingAux;
  return {
    x: matrix('sentenceEmbeddingBackbone'),
    k: matrix('decodedEmbeddingK'),
    fourK: matrix('decodedEmbedding4k'),
    aux: aux === null ? null : matrix('decodedEmbeddingAux'),
    withoutBias: matrix('decodedEmbeddingKPreBias'),
  };
}

/**
 * 1 / mean (t - mean_b t)^2, or 1 if the batch is constant and has no variance. It is a reciprocal because tfjs's
 * derivative of a quotient squares the divisor, which underflows for small embeddings.
 */
const perVariance = withGradient(
  (target: tf.Tensor) => {
    const centred = target.sub(target.mean(0, true));
    const variance = centred.square().mean();
    // Rounding can leave a variance above 0 even if all rows are equal.
    const first = target.slice([0, 0], [1, target.shape[1] ?? 0]);
    const constant = target.equal(first).all().logicalOr(variance.equal(0));
    const value = tf.where(constant, tf.scalar(1), tf.scalar(1).div(variance));
    return { value, saved: { centred, constant, value } };
  },
  (dy, { centred, constant, value }) => {
    const slope = dy
      .mul(value)
      .mul(centred.mul(value))
      .mul(-2 / centred.size);
    return tf.where(constant, tf.zerosLike(slope), slope);
  },
);

function normalizedMeanSquare(reconstruction: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar {
  return meanSquare(reconstruction.sub(target)).mul<tf.Scalar>(perVariance(target));
}

import { UsageError } from '../errors.js';
import type { EmbeddingModel } from '../features.js';
import { hostScalar } from '../ops/host-scalar.js';
import { withGradient } from '../ops/with-gradient.js';
import { nullable, numberFrom, type OptionRules, resolveOptions } from '../options.js';
import { setting } from '../state/recorded-state.js';
import { tf } from '../tf.js';
import { checkMatrix } from './inputs.js';
import { Loss, type Regularizer } from './loss.js';

export interface FlopsLossOptions {
  /** Rows with at most this many active dimensions are not penalized. Default null: all rows are. */
  threshold?: number | null;
}

const OPTIONS: OptionRules<Required<FlopsLossOptions>> = { threshold: nullable(numberFrom(0)) };

/** Multiplies rows with at most `threshold` non-zero entries by 0, [n, d] -> [n, d]. */
function keepDenseRows(threshold: () => number): (x: tf.Tensor) => tf.Tensor {
  return withGradient(
    (x: tf.Tensor) => {
      const active = x.notEqual(0).sum(1, true);
      const kept = active.greater(hostScalar(threshold)).cast('float32');
      return { value: x.mul(kept), saved: { kept } };
    },
    (dy, { kept }) => dy.mul(kept),
  );
}

/**
 * FLOPS: the expected number of multiplications of a dot product with an inverted index, as a penalty.
 *
 *     sum_d ( (1/B) sum_b E[b, d] )^2
 *
 * With a `threshold` t, a row with at most t active dimensions counts as a row of zeros. B still includes it, and no
 * gradient flows through the choice.
 *
 * @see Paria et al., Minimizing FLOPs to Learn Efficient Sparse Representations (2020), https://arxiv.org/abs/2004.05665
 */
export class FlopsLoss extends Loss implements Regularizer {
  readonly threshold: number | null;

  /** @throws OptionError for an unknown option or a threshold below 0 */
  constructor(model: EmbeddingModel, options?: FlopsLossOptions) {
    super(model);
    this.threshold = resolveOptions('FlopsLoss', OPTIONS, options).threshold;
  }

  /** @throws UsageError always: a regularizer is a part of SpladeLoss */
  override forward(): never {
    throw new UsageError(
      'FlopsLoss is a regularizer and cannot train alone; SpladeLoss and CachedSpladeLoss use it.',
    );
  }

  /**
   * @param embeddings float32 [batch, dimensions]
   * @returns a scalar
   * @throws InputError for anything but a float32 matrix with at least one row
   */
  computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    checkMatrix('FlopsLoss', embeddings, 'the embedding matrix');
    const hasThreshold = setting('whether FlopsLoss.threshold is null', () => this.threshold !== null);
    const threshold = (): number => this.threshold as number;
    return tf.tidy(() => {
      const counted = hasThreshold ? keepDenseRows(threshold)(embeddings) : embeddings;
      return counted.mean(0).square().sum();
    });
  }

  override getConfigDict(): Record<string, unknown> {
    return { threshold: this.threshold };
  }

  override get citation(): string {
    return `
@article{paria2020minimizing,
    title={Minimizing flops to learn efficient sparse representations},
    author={Paria, Biswajit and Yeh, Chih-Kuan and Yen, Ian EH and Xu, Ning and Ravikumar, Pradeep and P{'o}czos, Barnab{'a}s},
    journal={arXiv preprint arXiv:2004.05665},
    year={2020}
}
`;
  }
}

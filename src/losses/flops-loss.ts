import type { EmbeddingModel } from '../features.js';
import { nullable, numberFrom, type OptionRules, resolveOptions } from '../options.js';
import { setting } from '../state/recorded-state.js';
import { tf } from '../tf.js';
import { keepDenseRows } from './dense-rows.js';
import { checkMatrix } from './inputs.js';
import { RegularizerLoss } from './loss.js';

export interface FlopsLossOptions {
  /** Rows with at most this many active dimensions are not penalized. Default null: all rows are. */
  threshold?: number | null;
}

const OPTIONS: OptionRules<Required<FlopsLossOptions>> = { threshold: nullable(numberFrom(0)) };

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
export class FlopsLoss extends RegularizerLoss {
  readonly threshold: number | null;

  /** @throws OptionError for an unknown option or a threshold below 0 */
  constructor(model: EmbeddingModel, options?: FlopsLossOptions) {
    super(model);
    this.threshold = resolveOptions('FlopsLoss', OPTIONS, options).threshold;
  }

  /**
   * @param embeddings float32 [batch, dimensions]
   * @returns a scalar
   * @throws InputError for anything but a float32 matrix with at least one row
   */
  override computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
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

import type { EmbeddingColumns, EmbeddingModel } from '../features.js';
import { configName } from '../named-function.js';
import { hostScalar } from '../ops/host-scalar.js';
import { logSumExp } from '../ops/log-sum-exp.js';
import { withGradient } from '../ops/with-gradient.js';
import { aFunction, number, type OptionRules, resolveOptions } from '../options.js';
import { pairwiseCosSim, type PairwiseSimilarityFunction } from '../similarity.js';
import { tf } from '../tf.js';
import { checkEmbeddings, checkResult } from './inputs.js';
import { type LabelValues, requireFinite } from './label-values.js';
import { WrappedLoss } from './loss.js';
import { scoreLabels } from './score-labels.js';

export interface SparseCoSENTLossOptions {
  /** The factor for similarities: 1 / temperature. Default 20. */
  scale?: number;
  /** [n, d] x [n, d] -> [n]. Default `pairwiseCosSim`. */
  similarityFct?: PairwiseSimilarityFunction;
}

const OPTIONS: OptionRules<Required<SparseCoSENTLossOptions>> = {
  scale: number(20),
  similarityFct: aFunction<PairwiseSimilarityFunction>('a function ([n, d], [n, d]) -> [n]', pairwiseCosSim),
};

/** 0, or NaN if a score is NaN: a loss without pairs to compare must not hide NaN. */
const zeroUnlessNaN = withGradient(
  (scores: tf.Tensor) => ({
    value: tf.where(tf.isNaN(scores), scores, tf.zerosLike(scores)).sum(),
    saved: { scores },
  }),
  (_, { scores }) => tf.zerosLike(scores),
);

/** Whether label i < label j, [n] -> [n, n]. Computed labels get no gradient through a comparison. */
const isLower = withGradient(
  (labels: tf.Tensor) => {
    // TensorFlow and ONNX cannot compare bools by order.
    const numbers = labels.dtype === 'bool' ? labels.toInt() : labels;
    return { value: numbers.expandDims(1).less(numbers.expandDims(0)), saved: { labels } };
  },
  (_, { labels }) => tf.zerosLike(labels),
);

/**
 * CoSENT: a pair with a higher label must be more similar than any pair with a lower one.
 *
 *     loss = log( 1 + sum over (i, j) with label_i < label_j of exp(S_i - S_j) ),   S = scale sim(A, B)
 *
 * Pairs of equal labels are not compared; with all labels equal the loss is 0.
 *
 * @see Huang et al., CoSENT (2024), https://doi.org/10.1109/TASLP.2024.3402087
 */
export class SparseCoSENTLoss extends WrappedLoss {
  readonly scale: number;
  readonly similarityFct: PairwiseSimilarityFunction;

  /**
   * Sets the model's similarity to cosine, as in the reference.
   *
   * @throws OptionError for unknown options or options of the wrong type
   */
  constructor(model: EmbeddingModel, options?: SparseCoSENTLossOptions) {
    super(model);
    const resolved = resolveOptions(new.target.name, OPTIONS, options);
    model.similarityFnName = 'cosine';
    this.scale = resolved.scale;
    this.similarityFct = resolved.similarityFct;
  }

  /**
   * @param embeddings A and B: float32 [batch, dimensions] each
   * @param labels one number per row, in any shape with batch elements; float32, int32 or bool
   * @returns a scalar
   * @throws InputError if the number of columns or labels is wrong, labels are not finite, or the similarity function
   *   does not give one number per row
   */
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): tf.Scalar {
    const name = this.constructor.name;
    checkEmbeddings(name, embeddings, { min: 2, max: 2 }, labels);
    const [a, b] = embeddings as [tf.Tensor2D, tf.Tensor2D];
    const batch = a.shape[0];
    const order = scoreLabels(name, labels, batch);
    return tf.tidy(() => {
      const similarities = checkResult(name, 'similarityFct', this.similarityFct(a, b), [batch]);
      const scores = similarities.mul<tf.Tensor1D>(hostScalar(() => this.scale));
      const lower = isLower(order.reshape([batch]));
      const differences = scores.expandDims<tf.Tensor2D>(1).sub<tf.Tensor2D>(scores.expandDims(0));
      const wronged = tf.where(lower, differences, tf.fill(differences.shape, -Infinity));
      const terms = tf.concat(
        [
          zeroUnlessNaN(scores).reshape<tf.Tensor2D>([1, 1]),
          wronged.reshape<tf.Tensor2D>([1, batch * batch]),
        ],
        1,
      );
      return logSumExp(terms).squeeze<tf.Scalar>([0]);
    });
  }

  /** Every label must be finite. */
  override checkLabelValues(values: LabelValues, shape: readonly number[]): void {
    requireFinite(this.constructor.name, values, shape);
  }

  override getConfigDict(): Record<string, unknown> {
    return { scale: this.scale, similarity_fct: configName(this.similarityFct) };
  }

  override get citation(): string {
    return `
@article{10531646,
    author={Huang, Xiang and Peng, Hao and Zou, Dongcheng and Liu, Zhiwei and Li, Jianxin and Liu, Kay and Wu, Jia and Su, Jianlin and Yu, Philip S.},
    journal={IEEE/ACM Transactions on Audio, Speech, and Language Processing},
    title={CoSENT: Consistent Sentence Embedding via Similarity Ranking},
    year={2024},
    doi={10.1109/TASLP.2024.3402087}
}
`;
  }
}

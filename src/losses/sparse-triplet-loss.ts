import type { EmbeddingColumns, EmbeddingModel } from '../features.js';
import { configName, named } from '../named-function.js';
import { hostScalar } from '../ops/host-scalar.js';
import { relu } from '../ops/relu.js';
import { aFunction, number, type OptionRules, resolveOptions } from '../options.js';
import { pairwiseCosSim, pairwiseEuclideanSim, pairwiseManhattanSim } from '../similarity.js';
import { tf } from '../tf.js';
import { checkEmbeddings, checkResult } from './inputs.js';
import { WrappedLoss } from './loss.js';

/** [n, d] x [n, d] -> [n]; smaller is nearer */
export type DistanceFunction = (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor1D;

export const TripletDistanceMetric = {
  /** 1 - cosine */
  COSINE: named('TripletDistanceMetric.COSINE', (x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor1D =>
    tf.scalar(1).sub<tf.Tensor1D>(pairwiseCosSim(x, y)),
  ),
  /** |x - y|_2 */
  EUCLIDEAN: named('TripletDistanceMetric.EUCLIDEAN', (x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor1D =>
    pairwiseEuclideanSim(x, y).neg(),
  ),
  /** |x - y|_1 */
  MANHATTAN: named('TripletDistanceMetric.MANHATTAN', (x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor1D =>
    pairwiseManhattanSim(x, y).neg(),
  ),
} as const satisfies Record<string, DistanceFunction>;

export interface SparseTripletLossOptions {
  /** A metric of the table, or another function. Default EUCLIDEAN. */
  distanceMetric?: DistanceFunction;
  /** How much farther the negative must be than the positive. Default 5. */
  tripletMargin?: number;
}

const OPTIONS: OptionRules<Required<SparseTripletLossOptions>> = {
  distanceMetric: aFunction<DistanceFunction>(
    'TripletDistanceMetric.COSINE, EUCLIDEAN or MANHATTAN, or a function ([n, d], [n, d]) -> [n]',
    TripletDistanceMetric.EUCLIDEAN,
  ),
  tripletMargin: number(5),
};

const NAME = 'SparseTripletLoss';

/**
 * The negative must be farther from the anchor than the positive, by a margin.
 *
 *     loss = mean_b max( 0, d(a, p) - d(a, n) + margin )
 *
 * @see Hermans et al., In Defense of the Triplet Loss (2017), https://arxiv.org/abs/1703.07737
 */
export class SparseTripletLoss extends WrappedLoss {
  readonly distanceMetric: DistanceFunction;
  readonly tripletMargin: number;

  /** @throws OptionError for unknown options or options of the wrong type */
  constructor(model: EmbeddingModel, options?: SparseTripletLossOptions) {
    super(model);
    const resolved = resolveOptions(NAME, OPTIONS, options);
    this.distanceMetric = resolved.distanceMetric;
    this.tripletMargin = resolved.tripletMargin;
  }

  /**
   * @param embeddings anchors, positives, negatives: float32 [batch, dimensions] each
   * @returns a scalar
   * @throws InputError if there are not three columns, their shapes differ, or the distance function does not give one
   *   number per row
   */
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns): tf.Scalar {
    checkEmbeddings(NAME, embeddings, { min: 3, max: 3 }, undefined);
    const [anchors, positives, negatives] = embeddings as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return tf.tidy(() => {
      const distance = (others: tf.Tensor2D): tf.Tensor1D =>
        checkResult(NAME, 'distanceMetric', this.distanceMetric(anchors, others), [anchors.shape[0]]);
      const margin = hostScalar(() => this.tripletMargin);
      return relu(distance(positives).sub(distance(negatives)).add(margin)).mean<tf.Scalar>();
    });
  }

  override getConfigDict(): Record<string, unknown> {
    return { distance_metric: configName(this.distanceMetric), triplet_margin: this.tripletMargin };
  }

  override get citation(): string {
    return `
@misc{hermans2017defense,
    title={In Defense of the Triplet Loss for Person Re-Identification},
    author={Alexander Hermans and Lucas Beyer and Bastian Leibe},
    year={2017},
    eprint={1703.07737},
    archivePrefix={arXiv},
    primaryClass={cs.CV}
}
`;
  }
}

import { counted } from '../counted.js';
import type { EmbeddingColumns, EmbeddingModel } from '../features.js';
import { configName } from '../named-function.js';
import { detach } from '../ops/detach.js';
import { meanSquare } from '../ops/mean-square.js';
import { aFunction, type OptionRules, resolveOptions } from '../options.js';
import { pairwiseDotScore, type PairwiseSimilarityFunction } from '../similarity.js';
import { tf } from '../tf.js';
import { checkEmbeddings, checkLabels, checkResult, wrongLabelShape } from './inputs.js';
import { type LabelValues, requireFinite } from './label-values.js';
import { WrappedLoss } from './loss.js';

export interface SparseMarginMSELossOptions {
  /** [n, d] x [n, d] -> [n]. Default `pairwiseDotScore`. */
  similarityFct?: PairwiseSimilarityFunction;
}

const OPTIONS: OptionRules<Required<SparseMarginMSELossOptions>> = {
  similarityFct: aFunction<PairwiseSimilarityFunction>(
    'a function ([n, d], [n, d]) -> [n]',
    pairwiseDotScore,
  ),
};

const NAME = 'SparseMarginMSELoss';

/**
 * Distillation of margins: the student's margin between positive and negative should equal the teacher's.
 *
 *     loss = mean over [B, n] of ( sim(q, p) - sim(q, neg_i) - y_i )^2
 *
 * No gradient flows into the labels.
 *
 * @see Hofstätter et al., Improving Efficient Neural Ranking Models (2020), https://arxiv.org/abs/2010.02666
 */
export class SparseMarginMSELoss extends WrappedLoss {
  readonly similarityFct: PairwiseSimilarityFunction;

  /** @throws OptionError for unknown options or a similarity that is not a function */
  constructor(model: EmbeddingModel, options?: SparseMarginMSELossOptions) {
    super(model);
    this.similarityFct = resolveOptions(NAME, OPTIONS, options).similarityFct;
  }

  /**
   * @param embeddings queries, positives, and n >= 1 columns of negatives: float32 [batch, dimensions] each
   * @param labels margins [batch, n], or [batch] for one negative; or scores of positive and negatives [batch, n + 1]
   * @returns a scalar
   * @throws InputError for fewer than three columns, for missing labels, labels that are not finite or have another
   *   shape, or a similarity function that does not give one number per row
   */
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): tf.Scalar {
    checkEmbeddings(NAME, embeddings, { min: 3 }, labels);
    const [queries, positives, ...negatives] = embeddings as [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor2D[]];
    const margins = teacherMargins(labels, queries.shape[0], negatives.length);
    return tf.tidy(() => {
      const similarity = (documents: tf.Tensor2D): tf.Tensor1D =>
        checkResult(NAME, 'similarityFct', this.similarityFct(queries, documents), [queries.shape[0]]);
      const positive = similarity(positives);
      const predicted = tf.stack(
        negatives.map((negative) => positive.sub(similarity(negative))),
        1,
      );
      return meanSquare(predicted.sub(detach(margins())));
    });
  }

  /** Every label must be finite. */
  override checkLabelValues(values: LabelValues, shape: readonly number[]): void {
    requireFinite(NAME, values, shape);
  }

  override getConfigDict(): Record<string, unknown> {
    return { similarity_fct: configName(this.similarityFct) };
  }

  override get citation(): string {
    return `
@misc{hofstätter2021improving,
    title={Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge Distillation},
    author={Sebastian Hofstätter and Sophia Althammer and Michael Schröder and Mete Sertkan and Allan Hanbury},
    year={2021},
    eprint={2010.02666},
    archivePrefix={arXiv},
    primaryClass={cs.IR}
}
`;
  }
}

/** Checks the labels and returns a function that makes margins [batch, n] of them. */
function teacherMargins(labels: tf.Tensor | undefined, batch: number, n: number): () => tf.Tensor2D {
  const shapes = [
    ...(n === 1 ? [`[${batch}]`] : []),
    `[${batch}, ${n}] margins`,
    `[${batch}, ${n + 1}] scores`,
  ];
  const expected = `${shapes.join(' or ')} for ${counted(n, 'negative')}`;
  const checked = checkLabels(NAME, labels, expected);
  const [rows, width = 1] = checked.shape;
  const vectorOfMargins = checked.rank === 1 && n === 1;
  if (rows !== batch || !(vectorOfMargins || (checked.rank === 2 && (width === n || width === n + 1)))) {
    wrongLabelShape(NAME, checked, expected);
  }
  return () => {
    const numbers = checked.cast('float32').reshape<tf.Tensor2D>([batch, width]);
    if (width === n) return numbers;
    return numbers.slice([0, 0], [batch, 1]).sub(numbers.slice([0, 1], [batch, n]));
  };
}

import type { EmbeddingColumns, EmbeddingModel } from '../features.js';
import { configName } from '../named-function.js';
import { hostScalar } from '../ops/host-scalar.js';
import { klDivergence } from '../ops/kl-divergence.js';
import { aFunction, nullable, numberAbove, type OptionRules, resolveOptions } from '../options.js';
import { pairwiseDotScore, type PairwiseSimilarityFunction } from '../similarity.js';
import { tf } from '../tf.js';
import { warn } from '../warnings.js';
import { checkEmbeddings, checkLabels, checkResult, wrongLabelShape } from './inputs.js';
import { labelsToCheck, type LabelValues, requireFinite } from './label-values.js';
import { WrappedLoss } from './loss.js';

export interface SparseDistillKLDivLossOptions {
  /** [n, d] x [n, d] -> [n]. Default `pairwiseDotScore`. */
  similarityFct?: PairwiseSimilarityFunction;
  /** Softens both distributions. Default 2. */
  temperature?: number;
  /** Default: temperature */
  studentTemperature?: number | null;
  /** Default: temperature */
  teacherTemperature?: number | null;
}

const OPTIONS: OptionRules<Required<SparseDistillKLDivLossOptions>> = {
  similarityFct: aFunction<PairwiseSimilarityFunction>(
    'a function ([n, d], [n, d]) -> [n]',
    pairwiseDotScore,
  ),
  temperature: numberAbove(0, 2),
  studentTemperature: nullable(numberAbove(0)),
  teacherTemperature: nullable(numberAbove(0)),
};

const NAME = 'SparseDistillKLDivLoss';
const ALLOWED = { minusInfinity: true } as const;

/**
 * Distillation of score distributions: the student's softmax over the candidates should equal the teacher's.
 *
 *     loss = Ts^2 (1/B) sum p (log p - log q),   p = softmax(labels / Tt),   q = softmax(sim(query, candidate) / Ts)
 *
 * with 0 log 0 = 0. A label of -infinity leaves a candidate out. No gradient flows into the labels.
 *
 * @see Lin et al., Distilling Dense Representations for Ranking (2020), https://arxiv.org/abs/2010.11386
 */
export class SparseDistillKLDivLoss extends WrappedLoss {
  readonly similarityFct: PairwiseSimilarityFunction;
  readonly temperature: number;
  readonly studentTemperature: number;
  readonly teacherTemperature: number;
  #teacherScaleChecked = false;

  /** @throws OptionError for unknown options, or a temperature that is not finite and above 0 */
  constructor(model: EmbeddingModel, options?: SparseDistillKLDivLossOptions) {
    super(model);
    const resolved = resolveOptions(NAME, OPTIONS, options);
    this.similarityFct = resolved.similarityFct;
    this.temperature = resolved.temperature;
    this.studentTemperature = resolved.studentTemperature ?? resolved.temperature;
    this.teacherTemperature = resolved.teacherTemperature ?? resolved.temperature;
  }

  /**
   * @param embeddings queries, positives, and n >= 1 columns of negatives: float32 [batch, dimensions] each
   * @param labels the teacher's scores of positive and negatives: [batch, n + 1]
   * @returns a scalar
   * @throws InputError for fewer than three columns (a softmax over one candidate is constant), for missing labels,
   *   labels of another shape, labels that are NaN or +Infinity, or a similarity function that does not give one number
   *   per row
   */
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): tf.Scalar {
    checkEmbeddings(NAME, embeddings, { min: 3 }, labels);
    const [queries, ...candidates] = embeddings as [tf.Tensor2D, ...tf.Tensor2D[]];
    const batch = queries.shape[0];
    const expected = `a teacher's score per candidate, [${batch}, ${candidates.length}]`;
    const scores = checkLabels(NAME, labels, expected, (values, shape) =>
      requireFinite(NAME, values, shape, ALLOWED),
    );
    if (scores.rank !== 2 || scores.shape[0] !== batch || scores.shape[1] !== candidates.length) {
      wrongLabelShape(NAME, scores, expected);
    }
    const values = labelsToCheck(scores);
    if (values !== undefined) this.#checkTeacherScale(values, scores.shape);
    return tf.tidy(() => {
      const similarities = candidates.map((candidate) =>
        checkResult(NAME, 'similarityFct', this.similarityFct(queries, candidate), [batch]),
      );
      const student = tf.stack(similarities, 1).div<tf.Tensor2D>(hostScalar(() => this.studentTemperature));
      const teacher = scores.cast('float32').div<tf.Tensor2D>(hostScalar(() => this.teacherTemperature));
      return klDivergence(student, teacher)
        .mean()
        .mul<tf.Scalar>(hostScalar(() => this.studentTemperature ** 2));
    });
  }

  /**
   * Every label must be finite or -Infinity. Warns if the teacher's softmax is so sharp that candidates vanish from it.
   */
  override checkLabelValues(values: LabelValues, shape: readonly number[]): void {
    requireFinite(NAME, values, shape, ALLOWED);
    this.#checkTeacherScale(values, shape);
  }

  /** Warns, once per loss, if the teacher's softmax is so sharp that candidates vanish from it in float32. */
  #checkTeacherScale(values: LabelValues, [, columns = 1]: readonly number[]): void {
    if (this.#teacherScaleChecked) return;
    this.#teacherScaleChecked = true;
    let vanished = 0;
    let widest = 0;
    for (let row = 0; row < values.length; row += columns) {
      const candidates = Array.from(values.subarray(row, row + columns));
      if (candidates.includes(-Infinity)) return;
      const best = Math.max(...candidates);
      vanished += candidates.filter(
        (score) => Math.fround(Math.exp((score - best) / this.teacherTemperature)) === 0,
      ).length;
      widest = Math.max(widest, best - Math.min(...candidates));
    }
    if (vanished === 0) return;
    warn(
      `${NAME}: ${vanished} of ${values.length} teacher probabilities are 0 in float32 (scores up to ${widest} apart ` +
        `at teacherTemperature ${this.teacherTemperature}); a teacherTemperature of about ${Math.ceil(widest / 10)} would keep them.`,
      `${NAME}: teacher probabilities`,
    );
  }

  override getConfigDict(): Record<string, unknown> {
    return {
      similarity_fct: configName(this.similarityFct),
      temperature: this.temperature,
      ...(this.studentTemperature === this.temperature
        ? {}
        : { student_temperature: this.studentTemperature }),
      ...(this.teacherTemperature === this.temperature
        ? {}
        : { teacher_temperature: this.teacherTemperature }),
    };
  }

  override get citation(): string {
    return `
@misc{lin2020distillingdenserepresentationsranking,
      title={Distilling Dense Representations for Ranking using Tightly-Coupled Teachers},
      author={Sheng-Chieh Lin and Jheng-Hong Yang and Jimmy Lin},
      year={2020},
      eprint={2010.11386},
      archivePrefix={arXiv},
      primaryClass={cs.IR},
      url={https://arxiv.org/abs/2010.11386},
}
`;
  }
}

import { objectWith } from '../arguments.js';
import { InputError } from '../errors.js';
import { type OptionRules, resolveOptions } from '../options.js';
import { sparsePairwiseSimilarity } from '../sparse/similarity.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { sparsity } from '../sparse/sparsity.js';
import { aColumn, equalColumns } from './columns.js';
import type { EvaluatedModel } from './evaluator.js';
import { commonRules, type EvaluatorOptions, type Measured, SparseEvaluator } from './sparse-evaluator.js';

export interface MSEEvaluatorOptions extends EvaluatorOptions {
  /** Texts for the teacher. */
  readonly sourceSentences: readonly string[];
  /** Texts for the evaluated model, such as translations: text i belongs to source i. */
  readonly targetSentences: readonly string[];
  readonly teacherModel: Pick<EvaluatedModel, 'encode'>;
}

const OWNER = 'SparseMSEEvaluator';
const RULES: OptionRules<Required<MSEEvaluatorOptions>> = {
  ...commonRules(32),
  sourceSentences: aColumn,
  targetSentences: aColumn,
  teacherModel: objectWith(['encode'], 'a model with encode, such as a SparseEncoder'),
};

/**
 * How far a model's embeddings are from a teacher's: the mean of the squared differences over all texts and dimensions,
 * times -100, so that a higher value is better.
 *
 * The teacher encodes its texts once, in the first evaluation.
 *
 *     const evaluator = new SparseMSEEvaluator({ sourceSentences, targetSentences, teacherModel });
 *     const { negative_mse } = await evaluator.evaluate(student);
 *
 * @throws OptionError for columns that are empty, and for options that are unknown or of the wrong type
 * @throws InputError for columns of different length; in `evaluate`, for embeddings of another width than the teacher's
 */
export class SparseMSEEvaluator extends SparseEvaluator {
  readonly #sources: readonly string[];
  readonly #targets: readonly string[];
  readonly #teacher: Pick<EvaluatedModel, 'encode'>;
  #sourceEmbeddings: SparseMatrix | undefined;

  constructor(options: MSEEvaluatorOptions) {
    const resolved = resolveOptions<Required<MSEEvaluatorOptions>>(OWNER, RULES, options);
    const { sourceSentences, targetSentences, teacherModel } = resolved;
    const columns = equalColumns(OWNER, { sourceSentences, targetSentences });
    super(OWNER, resolved);
    this.#sources = columns.sourceSentences;
    this.#targets = columns.targetSentences;
    this.#teacher = teacherModel;
  }

  /** As in the reference, with two underscores where there is no name. */
  override get csvFile(): string {
    return `mse_evaluation_${this.name}_results.csv`;
  }

  protected override async measure(model: EvaluatedModel): Promise<Measured> {
    const sources = (this.#sourceEmbeddings ??= await this.#teacher.encode(
      this.#sources,
      this.encodeOptions,
    ));
    const targets = await model.encode(this.#targets, this.encodeOptions);
    if (sources.columns !== targets.columns) {
      throw new InputError(
        `${OWNER}: the model's embeddings have width ${targets.columns}; expected ${sources.columns}, as the teacher's`,
      );
    }
    const distances = sparsePairwiseSimilarity('euclidean', sources, targets);
    const squares = distances.reduce((sum, distance) => sum + distance ** 2, 0);
    const mse = (100 * squares) / (targets.rows * targets.columns);
    return {
      measurements: [
        { key: 'negative_mse', value: 0 - mse, cell: mse },
        ...this.sparsityOf('', sparsity(targets)),
      ],
      primary: { key: 'negative_mse' },
    };
  }
}

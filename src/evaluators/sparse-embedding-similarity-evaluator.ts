import { pearson, spearman } from '../evaluation/correlation.js';
import { nullable, oneOf, type OptionRules, resolveOptions } from '../options.js';
import {
  SPARSE_SIMILARITIES,
  sparsePairwiseSimilarity,
  type SparseSimilarityName,
} from '../sparse/similarity.js';
import { warn } from '../warnings.js';
import { aColumn, aColumnOf, equalColumns } from './columns.js';
import type { EvaluatedModel } from './evaluator.js';
import { chosenSimilarities, measuredWith, someSimilarities } from './similarities.js';
import { commonRules, type EvaluatorOptions, type Measured, SparseEvaluator } from './sparse-evaluator.js';
import { sparsityOfBoth } from './sparsity-of-both.js';

export interface EmbeddingSimilarityEvaluatorOptions extends EvaluatorOptions {
  readonly sentences1: readonly string[];
  readonly sentences2: readonly string[];
  /** How similar the sentences of each pair are, on any scale. */
  readonly scores: readonly number[];
  /** The function whose Spearman correlation compares models. Default: the best, if there are several functions. */
  readonly mainSimilarity?: SparseSimilarityName | null;
  /** Default: that of `mainSimilarity`, or the model's. */
  readonly similarityFnNames?: readonly SparseSimilarityName[] | null;
}

type Settings = Required<EmbeddingSimilarityEvaluatorOptions>;

const OWNER = 'SparseEmbeddingSimilarityEvaluator';
const RULES: OptionRules<Settings> = {
  ...commonRules(16),
  sentences1: aColumn,
  sentences2: aColumn,
  scores: aColumnOf('a list of finite numbers', Number.isFinite),
  mainSimilarity: nullable(oneOf(SPARSE_SIMILARITIES)),
  similarityFnNames: someSimilarities,
};

/**
 * Correlation between the similarities of pairs of sentences and given scores: Pearson's, and Spearman's, where equal
 * values share the mean of their ranks. A correlation is NaN, with a warning, if all scores or all similarities are
 * equal.
 *
 *     const evaluator = new SparseEmbeddingSimilarityEvaluator({ sentences1, sentences2, scores, name: 'sts' });
 *     const { sts_spearman_dot } = await evaluator.evaluate(model);
 *
 * @throws OptionError for columns that are empty, and for options that are unknown or of the wrong type
 * @throws InputError for columns of different length
 */
export class SparseEmbeddingSimilarityEvaluator extends SparseEvaluator {
  readonly #options: Settings;

  constructor(options: EmbeddingSimilarityEvaluatorOptions) {
    const resolved = resolveOptions<Settings>(OWNER, RULES, options);
    const { sentences1, sentences2, scores } = resolved;
    const columns = equalColumns(OWNER, { sentences1, sentences2, scores });
    super(OWNER, resolved);
    this.#options = { ...resolved, ...columns };
  }

  protected override async measure(model: EvaluatedModel): Promise<Measured> {
    const first = await model.encode(this.#options.sentences1, this.encodeOptions);
    const second = await model.encode(this.#options.sentences2, this.encodeOptions);
    const { mainSimilarity: main, similarityFnNames, scores } = this.#options;
    const names = chosenSimilarities(similarityFnNames, main, model);
    const { measurements, primary } = measuredWith(names, main, 'spearman_{f}', (name) => {
      const similarities = sparsePairwiseSimilarity(name, first, second);
      return { 'pearson_{f}': pearson(scores, similarities), 'spearman_{f}': spearman(scores, similarities) };
    });
    if (measurements.some(({ value }) => Number.isNaN(value))) {
      warn(`${OWNER}: all scores or all similarities are equal, so their correlation is not a number`);
    }
    return {
      measurements: [...measurements, ...this.sparsityOf('', sparsityOfBoth(first, second))],
      primary,
    };
  }
}

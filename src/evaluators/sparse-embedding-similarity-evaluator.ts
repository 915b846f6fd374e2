import { pearson, spearman } from '../evaluation/correlation.js';
import { nullable, oneOf, type OptionRules, resolveOptions } from '../options.js';
import {
  SPARSE_SIMILARITIES,
  sparsePairwiseSimilarity,
  type SparseSimilarityName,
} from '../sparse/similarity.js';
import { warn } from '../warnings.js';
import { aColumn, aColumnOf, checkLengths } from './columns.js';
import type { EvaluatedModel } from './evaluator.js';
import { chosenSimilarities, someSimilarities } from './similarities.js';
import {
  commonRules,
  type EvaluatorOptions,
  type Measured,
  type Measurement,
  SparseEvaluator,
} from './sparse-evaluator.js';
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
    checkLengths(OWNER, { sentences1, sentences2, scores });
    super(OWNER, resolved);
    this.#options = {
      ...resolved,
      sentences1: [...sentences1],
      sentences2: [...sentences2],
      scores: [...scores],
    };
  }

  protected override async measure(model: EvaluatedModel): Promise<Measured> {
    const first = await model.encode(this.#options.sentences1, this.encodeOptions);
    const second = await model.encode(this.#options.sentences2, this.encodeOptions);
    const { mainSimilarity: main, similarityFnNames, scores } = this.#options;
    const names = chosenSimilarities(similarityFnNames, main, model);
    const correlations = names.flatMap((f): Measurement[] => {
      const similarities = sparsePairwiseSimilarity(f, first, second);
      return [
        { key: 'pearson_{f}', f, value: pearson(scores, similarities) },
        { key: 'spearman_{f}', f, value: spearman(scores, similarities) },
      ];
    });
    if (correlations.some(({ value }) => Number.isNaN(value))) {
      warn(`${OWNER}: all scores or all similarities are equal, so their correlation is not a number`);
    }
    const bestOf = (key: string, of: string): Measurement => ({
      key,
      value: Math.max(...correlations.filter((each) => each.key === of).map(({ value }) => value)),
    });
    const best = [bestOf('pearson_max', 'pearson_{f}'), bestOf('spearman_max', 'spearman_{f}')];
    const several = names.length > 1;
    return {
      measurements: [
        ...correlations,
        ...(several ? best : []),
        ...this.sparsityOf('', sparsityOfBoth(first, second)),
      ],
      primary:
        main === null && several
          ? { key: 'spearman_max' }
          : { key: 'spearman_{f}', f: main ?? (names[0] as string) },
    };
  }
}

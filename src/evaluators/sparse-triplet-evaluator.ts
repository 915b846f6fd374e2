import { isObject } from '../arguments.js';
import { nullable, oneOf, type OptionRule, type OptionRules, resolveOptions } from '../options.js';
import {
  SPARSE_SIMILARITIES,
  sparsePairwiseSimilarity,
  type SparseSimilarityName,
} from '../sparse/similarity.js';
import { sparsity } from '../sparse/sparsity.js';
import { aColumn, equalColumns } from './columns.js';
import type { EvaluatedModel } from './evaluator.js';
import { chosenSimilarities, measuredWith, someSimilarities } from './similarities.js';
import { commonRules, type EvaluatorOptions, type Measured, SparseEvaluator } from './sparse-evaluator.js';

type Margins = Readonly<Partial<Record<SparseSimilarityName, number>>>;

export interface TripletEvaluatorOptions extends EvaluatorOptions {
  readonly anchors: readonly string[];
  readonly positives: readonly string[];
  readonly negatives: readonly string[];
  /** The function whose accuracy compares models. Default: the best accuracy, if there are several functions. */
  readonly mainSimilarityFunction?: SparseSimilarityName | null;
  /** How much more similar the positive must be, for all functions or by function. Default 0. */
  readonly margin?: number | Margins | null;
  /** Default: that of `mainSimilarityFunction`, or the model's. */
  readonly similarityFnNames?: readonly SparseSimilarityName[] | null;
}

type Settings = Required<TripletEvaluatorOptions>;

const OWNER = 'SparseTripletEvaluator';

const isMargins = (value: unknown): boolean =>
  isObject(value) &&
  !Array.isArray(value) &&
  Object.entries(value).every(
    ([name, margin]) => SPARSE_SIMILARITIES.some((known) => known === name) && Number.isFinite(margin),
  );

const MARGIN: OptionRule<number | Margins | null> = {
  default: null,
  expects: `a finite number, an object of finite numbers by ${SPARSE_SIMILARITIES.join(', ')}, or null`,
  accepts: (value) => value === null || Number.isFinite(value) || isMargins(value),
};

const RULES: OptionRules<Settings> = {
  ...commonRules(16),
  anchors: aColumn,
  positives: aColumn,
  negatives: aColumn,
  mainSimilarityFunction: nullable(oneOf(SPARSE_SIMILARITIES)),
  margin: MARGIN,
  similarityFnNames: someSimilarities,
};

/**
 * Accuracy on triplets: the share whose anchor is more similar to the positive than to the negative,
 *
 *     similarity(anchor, positive) > similarity(anchor, negative) + margin
 *
 * Anchors are encoded as queries, positives and negatives as documents. Distances count as negative similarities.
 *
 *     const evaluator = new SparseTripletEvaluator({ anchors, positives, negatives, name: 'dev' });
 *     const { dev_dot_accuracy } = await evaluator.evaluate(model);
 *
 * @throws OptionError for columns that are empty, and for options that are unknown or of the wrong type
 * @throws InputError for columns of different length
 */
export class SparseTripletEvaluator extends SparseEvaluator {
  readonly #options: Settings;

  constructor(options: TripletEvaluatorOptions) {
    const resolved = resolveOptions<Settings>(OWNER, RULES, options);
    const { anchors, positives, negatives } = resolved;
    const columns = equalColumns(OWNER, { anchors, positives, negatives });
    super(OWNER, resolved);
    this.#options = { ...resolved, ...columns };
  }

  protected override async measure(model: EvaluatedModel): Promise<Measured> {
    const anchors = await model.encodeQuery(this.#options.anchors, this.encodeOptions);
    const positives = await model.encodeDocument(this.#options.positives, this.encodeOptions);
    const negatives = await model.encodeDocument(this.#options.negatives, this.encodeOptions);
    const { mainSimilarityFunction: main, similarityFnNames } = this.#options;
    const names = chosenSimilarities(similarityFnNames, main, model);
    const { measurements, primary } = measuredWith(names, main, '{f}_accuracy', (name) => {
      const toPositives = sparsePairwiseSimilarity(name, anchors, positives);
      const toNegatives = sparsePairwiseSimilarity(name, anchors, negatives);
      const margin = Math.fround(this.#marginOf(name));
      const right = toPositives.filter(
        (similarity, row) => similarity > Math.fround((toNegatives[row] as number) + margin),
      ).length;
      return { '{f}_accuracy': right / anchors.rows };
    });
    return {
      measurements: [
        ...measurements,
        ...this.sparsityOf('anchor_', sparsity(anchors)),
        ...this.sparsityOf('positive_', sparsity(positives)),
        ...this.sparsityOf('negative_', sparsity(negatives)),
      ],
      primary,
    };
  }

  protected override get settings(): Record<string, unknown> {
    const margins = SPARSE_SIMILARITIES.map((name) => [name, this.#marginOf(name)] as const);
    return margins.every(([, margin]) => margin === 0) ? {} : { margin: Object.fromEntries(margins) };
  }

  #marginOf(name: SparseSimilarityName): number {
    const { margin } = this.#options;
    return typeof margin === 'number' ? margin : (margin?.[name] ?? 0);
  }
}

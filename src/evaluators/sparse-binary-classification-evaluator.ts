import {
  averagePrecision,
  bestAccuracy,
  bestF1,
  matthewsCorrelation,
} from '../evaluation/binary-classification.js';
import { type OptionRules, resolveOptions } from '../options.js';
import { selectRows } from '../sparse/select-rows.js';
import { sparsePairwiseSimilarity, type SparseSimilarityName } from '../sparse/similarity.js';
import { sparsity } from '../sparse/sparsity.js';
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

export interface BinaryClassificationEvaluatorOptions extends EvaluatorOptions {
  readonly sentences1: readonly string[];
  readonly sentences2: readonly string[];
  /** 1 for pairs that are similar, 0 for others. */
  readonly labels: readonly number[];
  /** Default: that of the model. */
  readonly similarityFnNames?: readonly SparseSimilarityName[] | null;
}

type Settings = Required<BinaryClassificationEvaluatorOptions>;

const OWNER = 'SparseBinaryClassificationEvaluator';
const RULES: OptionRules<Settings> = {
  ...commonRules(32),
  sentences1: aColumn,
  sentences2: aColumn,
  labels: aColumnOf('a list of labels, 0 or 1', (label) => label === 0 || label === 1),
  similarityFnNames: someSimilarities,
};

/** Measures of a function, in the order of the columns of the CSV file. */
const MEASURES = [
  'accuracy',
  'accuracy_threshold',
  'f1',
  'precision',
  'recall',
  'f1_threshold',
  'ap',
  'mcc',
] as const;

/** Functions that are distances: similar pairs have small values, and so have their thresholds. */
const DISTANCES: ReadonlySet<SparseSimilarityName> = new Set(['euclidean', 'manhattan']);

/**
 * How well similarities tell pairs of label 1 from pairs of label 0: the best accuracy and the best F1 of a threshold, with
 * these thresholds, precision and recall at the best F1, average precision, and Matthews' correlation at the threshold of
 * the best F1. Thresholds of euclidean and manhattan are distances; pairs up to them count as similar.
 *
 *     const evaluator = new SparseBinaryClassificationEvaluator({ sentences1, sentences2, labels, name: 'quora' });
 *     const { quora_dot_ap } = await evaluator.evaluate(model);
 *
 * @throws OptionError for columns that are empty, and for options that are unknown or of the wrong type
 * @throws InputError for columns of different length
 */
export class SparseBinaryClassificationEvaluator extends SparseEvaluator {
  /** Every sentence once. */
  readonly #sentences: readonly string[];
  /** The places of the sentences of each pair in `#sentences`. */
  readonly #pairs: readonly [readonly number[], readonly number[]];
  readonly #labels: readonly number[];
  readonly #similarityFnNames: Settings['similarityFnNames'];

  constructor(options: BinaryClassificationEvaluatorOptions) {
    const resolved = resolveOptions<Settings>(OWNER, RULES, options);
    const { sentences1, sentences2, labels } = resolved;
    checkLengths(OWNER, { sentences1, sentences2, labels });
    super(OWNER, resolved);
    this.#sentences = [...new Set([...sentences1, ...sentences2])];
    const places = new Map(this.#sentences.map((sentence, place) => [sentence, place]));
    const placesOf = (sentences: readonly string[]): number[] =>
      sentences.map((sentence) => places.get(sentence) as number);
    this.#pairs = [placesOf(sentences1), placesOf(sentences2)];
    this.#labels = [...labels];
    this.#similarityFnNames = resolved.similarityFnNames;
  }

  protected override async measure(model: EvaluatedModel): Promise<Measured> {
    const embeddings = await model.encode(this.#sentences, this.encodeOptions);
    const [first, second] = this.#pairs.map((places) => selectRows(embeddings, places));
    const names = chosenSimilarities(this.#similarityFnNames, null, model);
    const measured = names.map((name) => {
      const similarities = sparsePairwiseSimilarity(
        name,
        first as typeof embeddings,
        second as typeof embeddings,
      );
      return measuresOf(similarities, this.#labels, DISTANCES.has(name));
    });
    const several = names.length > 1;
    return {
      measurements: [
        ...names.flatMap((f, place) =>
          MEASURES.map((measure): Measurement => ({
            key: `{f}_${measure}`,
            f,
            value: measured[place]?.[measure] ?? NaN,
          })),
        ),
        ...(several ? MEASURES : []).map((measure): Measurement => {
          const values = measured.map((each) => each[measure]);
          return { key: `max_${measure}`, value: Math.max(...values) };
        }),
        ...this.sparsityOf('', sparsity(embeddings)),
      ],
      primary: several ? { key: 'max_ap' } : { key: '{f}_ap', f: names[0] as string },
    };
  }
}

function measuresOf(
  similarities: Float32Array,
  labels: readonly number[],
  isDistance: boolean,
): Record<(typeof MEASURES)[number], number> {
  const accuracy = bestAccuracy(similarities, labels);
  const { f1, precision, recall, threshold } = bestF1(similarities, labels);
  const shown = (similarity: number): number => (isDistance ? 0 - similarity : similarity);
  return {
    accuracy: accuracy.accuracy,
    accuracy_threshold: shown(accuracy.threshold),
    f1,
    precision,
    recall,
    f1_threshold: shown(threshold),
    ap: averagePrecision(similarities, labels),
    mcc: matthewsCorrelation(similarities, labels, threshold),
  };
}

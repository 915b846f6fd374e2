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
import { aColumn, aColumnOf, equalColumns } from './columns.js';
import type { EvaluatedModel } from './evaluator.js';
import { chosenSimilarities, measuredWith, someSimilarities } from './similarities.js';
import { commonRules, type EvaluatorOptions, type Measured, SparseEvaluator } from './sparse-evaluator.js';

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
    const { sentences1, sentences2, labels } = equalColumns(OWNER, {
      sentences1: resolved.sentences1,
      sentences2: resolved.sentences2,
      labels: resolved.labels,
    });
    super(OWNER, resolved);
    this.#sentences = [...new Set([...sentences1, ...sentences2])];
    const places = new Map(this.#sentences.map((sentence, place) => [sentence, place]));
    const placesOf = (sentences: readonly string[]): number[] =>
      sentences.map((sentence) => places.get(sentence) as number);
    this.#pairs = [placesOf(sentences1), placesOf(sentences2)];
    this.#labels = labels;
    this.#similarityFnNames = resolved.similarityFnNames;
  }

  protected override async measure(model: EvaluatedModel): Promise<Measured> {
    const embeddings = await model.encode(this.#sentences, this.encodeOptions);
    const [first, second] = this.#pairs.map((places) => selectRows(embeddings, places));
    const names = chosenSimilarities(this.#similarityFnNames, null, model);
    const { measurements, primary } = measuredWith(names, null, '{f}_ap', (name) => {
      const similarities = sparsePairwiseSimilarity(
        name,
        first as typeof embeddings,
        second as typeof embeddings,
      );
      return measuresOf(similarities, this.#labels, DISTANCES.has(name));
    });
    return { measurements: [...measurements, ...this.sparsityOf('', sparsity(embeddings))], primary };
  }
}

/** The measures of a function, in the order of the columns of the CSV file. */
function measuresOf(
  similarities: Float32Array,
  labels: readonly number[],
  isDistance: boolean,
): Record<string, number> {
  const accuracy = bestAccuracy(similarities, labels);
  const { f1, precision, recall, threshold } = bestF1(similarities, labels);
  const shown = (similarity: number): number => (isDistance ? 0 - similarity : similarity);
  return {
    '{f}_accuracy': accuracy.accuracy,
    '{f}_accuracy_threshold': shown(accuracy.threshold),
    '{f}_f1': f1,
    '{f}_precision': precision,
    '{f}_recall': recall,
    '{f}_f1_threshold': shown(threshold),
    '{f}_ap': averagePrecision(similarities, labels),
    '{f}_mcc': matthewsCorrelation(similarities, labels, threshold),
  };
}

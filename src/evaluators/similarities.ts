import type { OptionRule } from '../options.js';
import { SPARSE_SIMILARITIES, type SparseSimilarityName } from '../sparse/similarity.js';
import type { EvaluatedModel } from './evaluator.js';

const isSimilarity = (value: unknown): boolean => SPARSE_SIMILARITIES.some((name) => name === value);

/** The rule of an option with names of similarity functions. null means that of the model. */
export const someSimilarities: OptionRule<readonly SparseSimilarityName[] | null> = {
  default: null,
  expects: `a list of different names of ${SPARSE_SIMILARITIES.join(', ')}, at least one, or null`,
  accepts: (value) =>
    value === null ||
    (Array.isArray(value) &&
      value.length > 0 &&
      value.every(isSimilarity) &&
      new Set(value).size === value.length),
};

/** The functions to evaluate: those given, else the main one, else that of the model. */
export function chosenSimilarities(
  given: readonly SparseSimilarityName[] | null,
  main: SparseSimilarityName | null,
  model: EvaluatedModel,
): readonly SparseSimilarityName[] {
  return given ?? [main ?? model.similarityFnName];
}

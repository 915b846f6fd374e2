import type { OptionRule } from '../options.js';
import { SPARSE_SIMILARITIES, type SparseSimilarityName } from '../sparse/similarity.js';
import type { EvaluatedModel } from './evaluator.js';
import type { Measured, Measurement } from './sparse-evaluator.js';

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

/**
 * What is measured with each function. With several functions, the largest value of each measure follows, and that of
 * the primary measure compares models unless there is a main function.
 *
 * @param primary the key of the primary measure; in a key, `{f}` stands for the function, and for `max` in that of the largest value
 * @param measure the values with one function, by key
 */
export function measuredWith(
  names: readonly SparseSimilarityName[],
  main: SparseSimilarityName | null,
  primary: string,
  measure: (name: SparseSimilarityName) => Readonly<Record<string, number>>,
): Measured {
  const measurements = names.flatMap((f) =>
    Object.entries(measure(f)).map(([key, value]): Measurement => ({ key, f, value })),
  );
  if (names.length === 1) return { measurements, primary: { key: primary, f: main ?? (names[0] as string) } };
  const keys = [...new Set(measurements.map(({ key }) => key))];
  const largest = keys.map((key): Measurement => ({
    key: key.replace('{f}', 'max'),
    value: Math.max(...measurements.filter((each) => each.key === key).map(({ value }) => value)),
  }));
  return {
    measurements: [...measurements, ...largest],
    primary: main === null ? { key: primary.replace('{f}', 'max') } : { key: primary, f: main },
  };
}

import * as tf from '@tensorflow/tfjs';

export interface VariableOutcome {
  readonly value: number;
  /** By variable name, with only the variables that have a gradient. */
  readonly gradients: Record<string, number[]>;
}

/** A scalar and its gradients with respect to variables. By default these are all trainable variables. */
export function variableOutcome(scalar: () => tf.Scalar, variables?: tf.Variable[]): VariableOutcome {
  const { value, grads } = tf.variableGrads(scalar, variables);
  const outcome = {
    value: value.dataSync()[0] ?? NaN,
    gradients: Object.fromEntries(
      Object.entries(grads).map(([name, gradient]) => [name, Array.from(gradient.dataSync())]),
    ),
  };
  tf.dispose([value, grads]);
  return outcome;
}

/** The largest difference between gradients, relative to the largest entry; Infinity if the variables differ. */
export function gradientDifference(a: VariableOutcome, b: VariableOutcome): number {
  const names = Object.keys(a.gradients).toSorted();
  if (names.join() !== Object.keys(b.gradients).toSorted().join()) return Infinity;
  const pairs = names.flatMap((name) =>
    (a.gradients[name] ?? []).map((entry, i) => [entry, b.gradients[name]?.[i] ?? NaN] as const),
  );
  const largest = pairs.reduce((most, [, entry]) => Math.max(most, Math.abs(entry)), 0);
  return pairs.reduce((most, [x, y]) => Math.max(most, Math.abs(x - y)), 0) / (largest || 1);
}

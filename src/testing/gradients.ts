import * as tf from '@tensorflow/tfjs';
import { largestDifference, largestEntry, type Matrix, matrixOf, tensorOf } from './matrices.js';

export type PlainFormula = (columns: Matrix[]) => number;
export type TensorFormula = (columns: tf.Tensor2D[]) => tf.Tensor;

export interface Outcome {
  readonly value: number;
  readonly gradients: Matrix[];
}

/** The results of tfjs in float32: the value, and its gradient with respect to every column, 0 for an unused column. */
export function tensorOutcome(formula: TensorFormula, columns: readonly Matrix[]): Outcome {
  const inputs = columns.map(tensorOf);
  const { value, grads } = tf.engine().gradients(() => formula(inputs).asScalar(), inputs, undefined, true);
  const found: readonly (tf.Tensor | null | undefined)[] = grads;
  const outcome = {
    value: Number(value.dataSync()[0]),
    gradients: columns.map((column, c) => {
      const gradient = found[c];
      return gradient ? matrixOf(gradient) : column.map((row) => row.map(() => 0));
    }),
  };
  tf.dispose([value, grads, inputs]);
  return outcome;
}

/** The results of a formula on plain numbers in float64: the value, and central finite differences. */
export function plainOutcome(formula: PlainFormula, columns: readonly Matrix[], step = 1e-5): Outcome {
  const shifted = (column: number, row: number, dimension: number, by: number): number =>
    formula(
      columns.map((matrix, c) =>
        c === column
          ? matrix.map((entries, r) =>
              r === row ? entries.map((entry, d) => (d === dimension ? entry + by : entry)) : entries,
            )
          : matrix,
      ),
    );
  return {
    value: formula([...columns]),
    gradients: columns.map((matrix, column) =>
      matrix.map((entries, row) =>
        entries.map((_, d) => (shifted(column, row, d, step) - shifted(column, row, d, -step)) / (2 * step)),
      ),
    ),
  };
}

/**
 * The distance between tfjs and the plain formula: the largest difference of the values and of the gradients. Each is relative
 * to the largest number (or to 1 if all are 0). NaN if tfjs returns NaN.
 */
export function deviation(
  formula: TensorFormula,
  plain: PlainFormula,
  columns: readonly Matrix[],
): { value: number; gradient: number } {
  const ours = tensorOutcome(formula, columns);
  const expected = plainOutcome(plain, columns);
  const scale = Math.max(...expected.gradients.map(largestEntry)) || 1;
  return {
    value: Math.abs(ours.value - expected.value) / Math.max(1, Math.abs(expected.value)),
    gradient:
      Math.max(
        ...expected.gradients.map((gradient, column) =>
          largestDifference(gradient, ours.gradients[column] ?? []),
        ),
      ) / scale,
  };
}

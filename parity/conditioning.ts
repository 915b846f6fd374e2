import type { CaseOutcome, ParityCase } from './case.js';

/** The name of the labels' gradient among the tensors of an outcome. */
export const LABEL_GRADIENT = 'gradient/labels';

/** How hard a case is to compute in float32. */
export interface Conditioning {
  /** The largest absolute value among the columns. */
  readonly inputScale: number;
  /** The largest absolute value among the labels; 0 without labels. */
  readonly labelScale: number;
  /**
   * By what factor the value amplifies a relative change of the inputs: sum |dL/dx x| / |L|, at least 1. Rounding an
   * input or a score to float32 costs this many ulps.
   */
  readonly condition: number;
}

/** A worse case could hide a mistake: 0.2 % of a value. */
const WORST_CONDITION = 4000;

/** Measures a case by its inputs and the true gradients. */
export function conditioningOf(
  { columns, labels }: Pick<ParityCase, 'columns' | 'labels'>,
  truth: CaseOutcome,
): Conditioning {
  let inputScale = 0;
  let sensitivity = 0;
  for (const [index, column] of columns.entries()) {
    for (const [name, tensor] of Object.entries(column)) {
      if (tensor?.dtype !== 'float32') continue;
      const gradient = truth.tensors.get(`gradient/${index}.${name}`)?.data ?? [];
      inputScale = Math.max(inputScale, largestFinite(tensor.data));
      for (let i = 0; i < gradient.length; i++) {
        const change = Math.abs(Number(tensor.data[i]) * Number(gradient[i]));
        if (change < Infinity) sensitivity += change;
      }
    }
  }
  const value = Math.abs(Number(truth.tensors.get('value')?.data[0] ?? 0));
  const condition = sensitivity / value;
  return {
    inputScale,
    labelScale: labels === null ? 0 : largestFinite(labels.data),
    condition: condition > 1 ? Math.min(condition, WORST_CONDITION) : 1,
  };
}

/** The largest finite absolute value. */
export function largestFinite(data: ArrayLike<number | bigint>): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(Number(data[i]));
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}

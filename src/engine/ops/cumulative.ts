import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { mul } from './elementwise.js';
import { emit } from './emit.js';
import { pad } from './layout.js';

export interface Running {
  /** Leaves each element out of its own sum. */
  readonly exclusive: boolean;
  /** Runs from the end of the axis. */
  readonly reverse: boolean;
}

/** For each element, the sum of all elements up to it. */
export function cumulativeSum(x: Value, axis: number, { exclusive, reverse }: Running): Value {
  return emit(
    'CumSum',
    [x, scalar(axis, 'int64')],
    { type: x.type, shape: x.shape },
    { attributes: { exclusive: { int: Number(exclusive) }, reverse: { int: Number(reverse) } } },
  );
}

/**
 * For each element, the product of all elements up to it. ONNX has no such operator, so this doubles: after the k-th
 * step each element is the product of the last 2^k (W. D. Hillis and G. L. Steele, Data parallel algorithms, 1986).
 */
export function cumulativeProduct(x: Value, axis: number, { exclusive, reverse }: Running): Value {
  const length = x.shape[axis] as number;
  let product = exclusive ? shifted(x, axis, 1, reverse) : x;
  for (let reach = 1; reach < length; reach *= 2) {
    product = mul(shifted(product, axis, reach, reverse), product);
  }
  return product;
}

/** Shifts the elements by some positions along the axis and fills with ones. */
function shifted(x: Value, axis: number, places: number, reverse: boolean): Value {
  const paddings = x.shape.map((dim, at): [number, number] => {
    const by = Math.min(places, dim);
    if (at !== axis) return [0, 0];
    return reverse ? [-by, by] : [by, -by];
  });
  return pad(x, paddings, 1);
}

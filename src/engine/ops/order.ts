import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { add, cast, mul } from './elementwise.js';
import { reshape, slice } from './layout.js';

/**
 * x, computed only after `other`: x + 0, where the 0 comes from the first element of `other` as an integer, so that NaN
 * also gives 0.
 *
 * ONNX Runtime computes nodes in the order in which it meets them on its way back from one output after the other. If
 * two outputs need a large tensor of each piece, it goes through all pieces for the first output, and those tensors
 * wait in memory for the second. So each piece begins only after both results of the previous piece.
 */
export function after(x: Value, other: Value): Value {
  const first = slice(
    other,
    other.shape.map(() => 0),
    other.shape.map(() => 1),
  );
  const zero = mul(cast(reshape(first, []), 'int32'), scalar(0, 'int32'));
  return add(x, cast(zero, x.type));
}

import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { add, cast, mul } from './elementwise.js';
import { reshape, slice } from './layout.js';

/**
 * x, computed once `other` is: x + 0, with a 0 made of the first element of `other`, as an integer, so that NaN makes 0
 * too.
 *
 * ONNX Runtime computes in the order in which it meets nodes on its way back from one output after the other. Where two
 * outputs need a large tensor of each piece of something, it goes through all pieces for one output, and those tensors
 * wait in memory for the other. So a piece is begun after both results of the one before.
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

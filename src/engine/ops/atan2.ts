import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { cast, compare, div, sub, unary, where } from './elementwise.js';

/** The angle of the point (x, y): the angle of (|x|, |y|), mirrored into its quadrant. Signed zeros matter. */
export function atan2(y: Value, x: Value): Value {
  const [height, width] = [unary('Abs', y), unary('Abs', x)];
  const zero = scalar(0, y.type);
  // Equal sides come first: 0 / 0 and inf / inf have no quotient.
  const diagonal = cast(compare('Greater', height, zero), y.type);
  const ratio = where(compare('Equal', height, width), diagonal, div(height, width));
  const angle = unary('Atan', ratio);
  const sideways = where(isNegative(x), sub(scalar(Math.PI, y.type), angle), angle);
  return where(isNegative(y), unary('Neg', sideways), sideways);
}

/** Below zero, or -0. */
function isNegative(x: Value): Value {
  const zero = scalar(0, x.type);
  return compare('Or', compare('Less', x, zero), compare('Less', unary('Reciprocal', x), zero));
}

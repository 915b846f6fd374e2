import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { add, binary, compare, div, mul, sub, unary, where } from './elementwise.js';

/** The greatest and the smallest normal number of float32. */
const GREATEST = 3.4028234663852886e38;
const SMALLEST = 1.1754943508222875e-38;

/** exp(x) - 1 is -1 from here down, to the last bit. */
const FLAT_BELOW = -80;

const float = (number: number): Value => scalar(number, 'float32');

/**
 * log(1 + x) with the digits of a small x kept: log(u) for u = 1 + x as it was rounded, and to first order what
 * rounding took away. The bounds make infinity and -1 come out as themselves.
 */
export function log1p(x: Value): Value {
  const u = binary('Min', add(x, float(1)), float(GREATEST));
  const lost = sub(x, sub(u, float(1)));
  return add(unary('Log', u), div(lost, binary('Max', u, float(SMALLEST))));
}

/**
 * exp(x) - 1 with the digits of a small x kept: (u - 1) x / log(u), where the rounding of u = exp(x) cancels
 * (W. Kahan; in N. Higham, Accuracy and Stability of Numerical Algorithms, 1.14.1).
 */
export function expm1(x: Value): Value {
  const bounded = binary('Max', x, float(FLAT_BELOW));
  const u = binary('Min', unary('Exp', bounded), float(GREATEST));
  const rest = sub(u, float(1));
  return where(compare('Equal', rest, float(0)), x, mul(rest, div(bounded, unary('Log', u))));
}

/** 1 / (1 + exp(-x)): ONNX Runtime's Sigmoid has no correct digit left below -16. */
export function sigmoid(x: Value): Value {
  return unary('Reciprocal', add(float(1), unary('Exp', unary('Neg', x))));
}

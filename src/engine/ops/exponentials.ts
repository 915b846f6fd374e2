import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { add, binary, compare, div, mul, sub, unary, where } from './elementwise.js';

/** The greatest and the smallest normal number of float32. */
const GREATEST = 3.4028234663852886e38;
const SMALLEST = 1.1754943508222875e-38;

/** From here down, exp(x) - 1 is exactly -1 in float32. */
const FLAT_BELOW = -80;

const float = (number: number): Value => scalar(number, 'float32');

/**
 * log(1 + x) that keeps the digits of a small x: log(u) for the rounded u = 1 + x, plus the first-order correction for
 * the rounding. The bounds make infinity and -1 come out right.
 */
export function log1p(x: Value): Value {
  const u = binary('Min', add(x, float(1)), float(GREATEST));
  const lost = sub(x, sub(u, float(1)));
  return add(unary('Log', u), div(lost, binary('Max', u, float(SMALLEST))));
}

/**
 * exp(x) - 1 that keeps the digits of a small x: (u - 1) x / log(u), where the rounding of u = exp(x) cancels (W.
 * Kahan; in N. Higham, Accuracy and Stability of Numerical Algorithms, 1.14.1).
 */
export function expm1(x: Value): Value {
  const bounded = binary('Max', x, float(FLAT_BELOW));
  const u = binary('Min', unary('Exp', bounded), float(GREATEST));
  const rest = sub(u, float(1));
  return where(compare('Equal', rest, float(0)), x, mul(rest, div(bounded, unary('Log', u))));
}

/** 1 / (1 + exp(-x)). Below -16, ONNX Runtime's Sigmoid has no correct digit left. */
export function sigmoid(x: Value): Value {
  return unary('Reciprocal', add(float(1), unary('Exp', unary('Neg', x))));
}

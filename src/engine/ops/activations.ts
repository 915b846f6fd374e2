import type * as tf from '@tensorflow/tfjs';
import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { compare, mul, unary, where } from './elementwise.js';
import { emit } from './emit.js';
import { expm1, sigmoid } from './exponentials.js';

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

export function isNegative(x: Value): Value {
  return compare('Less', x, scalar(0, x.type));
}

const INT32 = { least: -(2 ** 31), greatest: 2 ** 31 - 1 };

export function clip(x: Value, from: number, to: number): Value {
  // For an int, an infinite bound has no effect.
  const bound = (number: number): Value =>
    scalar(x.type === 'int32' ? Math.min(Math.max(number, INT32.least), INT32.greatest) : number, x.type);
  return emit('Clip', [x, bound(from), bound(to)], { type: x.type, shape: x.shape });
}

export const relu = (x: Value): Value => unary('Relu', x);

export const relu6 = (x: Value): Value => clip(x, 0, 6);

export const elu = (x: Value): Value => where(isNegative(x), expm1(x), x);

export function selu(x: Value): Value {
  const below = mul(scalar(SELU_ALPHA, x.type), expm1(x));
  return mul(scalar(SELU_SCALE, x.type), where(isNegative(x), below, x));
}

export function leakyRelu(x: Value, alpha: number): Value {
  return unary('LeakyRelu', x, { attributes: { alpha: { float: alpha } } });
}

export function prelu(x: Value, alpha: Value): Value {
  return where(isNegative(x), mul(alpha, x), x);
}

export interface Activation {
  readonly activation: tf.fused.Activation | undefined;
  /** The slope of leakyrelu below 0. */
  readonly leakyreluAlpha?: number | undefined;
  /** The slopes of prelu below 0. */
  readonly alpha?: Value | undefined;
}

/** The activation at the end of tfjs's fused kernels. */
export function activate(
  x: Value,
  { activation = 'linear', leakyreluAlpha = 0.2, alpha }: Activation,
): Value {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return relu(x);
    case 'relu6':
      return relu6(x);
    case 'elu':
      return elu(x);
    case 'sigmoid':
      return sigmoid(x);
    case 'leakyrelu':
      return leakyRelu(x, leakyreluAlpha);
    case 'prelu':
      if (alpha === undefined) throw new RangeError('the activation prelu expects a tensor of slopes');
      return prelu(x, alpha);
  }
}

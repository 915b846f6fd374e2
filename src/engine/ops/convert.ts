import type { ElementType } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { cast, compare, unary, where } from './elementwise.js';

/** Casts as tfjs does: NaN and the infinities become the int 0. ONNX leaves these cases undefined. */
export function convert(x: Value, type: ElementType): Value {
  const fromFloat = x.type === 'float32' || x.type === 'float64';
  const known = x.fill !== undefined && Number.isFinite(x.fill);
  return fromFloat && type === 'int32' && !known
    ? cast(where(isFinite(x), x, scalar(0, x.type)), type)
    : cast(x, type);
}

/** Neither NaN nor infinite. */
export function isFinite(x: Value): Value {
  return compare('Less', unary('Abs', x), scalar(Infinity, x.type));
}

/** Casts to a type with arithmetic: ONNX has none for bool. */
export function numeric(x: Value): Value {
  return x.type === 'bool' ? cast(x, 'int32') : x;
}

const ASCENDING: readonly ElementType[] = ['bool', 'int32', 'float32'];

/** The common type of the inputs of a tfjs op. */
export function commonType(values: readonly Value[]): ElementType {
  return ASCENDING[Math.max(...values.map(({ type }) => ASCENDING.indexOf(type)))] ?? 'float32';
}

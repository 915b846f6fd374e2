import type { ElementType } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { cast, compare, unary, where } from './elementwise.js';

/** Casts as tfjs does: NaN and the infinities become the int 0, which ONNX leaves open. */
export function convert(x: Value, type: ElementType): Value {
  const fromFloat = x.type === 'float32' || x.type === 'float64';
  const known = x.fill !== undefined && Number.isFinite(x.fill);
  return fromFloat && type === 'int32' && !known
    ? cast(where(isFinite(x), x, scalar(0, x.type)), type)
    : cast(x, type);
}

/** Neither NaN, which is less than nothing, nor infinite. */
export function isFinite(x: Value): Value {
  return compare('Less', unary('Abs', x), scalar(Infinity, x.type));
}

/** A type to do arithmetic in: ONNX has none on bool. */
export function numeric(x: Value): Value {
  return x.type === 'bool' ? cast(x, 'int32') : x;
}

/** The type that two of a tfjs op's inputs have in common. */
export function commonType(a: Value, b: Value): ElementType {
  const ascending: readonly ElementType[] = ['bool', 'int32', 'float32'];
  return ascending[Math.max(ascending.indexOf(a.type), ascending.indexOf(b.type))] ?? a.type;
}

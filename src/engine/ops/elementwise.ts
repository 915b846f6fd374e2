import type { ElementType } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import { scalar } from './constants.js';
import { emit, type NodeOptions } from './emit.js';
import { expand } from './layout.js';
import { broadcastShape } from './shapes.js';

/** f(x) of each element, of x's type. */
export function unary(op: string, x: Value, options?: NodeOptions): Value {
  const small = unexpanded(x);
  return expand(emit(op, [small], { type: x.type, shape: small.shape }, options), x.shape);
}

/** f(x) of each element, as bool. */
export function predicate(op: string, x: Value): Value {
  return emit(op, [x], { type: 'bool', shape: x.shape });
}

/** f(a, b) with broadcasting; both have the same type. */
export function binary(op: string, a: Value, b: Value, type: ElementType = a.type): Value {
  const shape = broadcastShape(a.shape, b.shape);
  if (op === 'Mul' && b.fill === 1) return expand(a, shape);
  if (op === 'Mul' && a.fill === 1) return expand(b, shape);
  if (op === 'Div' && b.fill === 1) return expand(a, shape);
  const [left, right] = [unexpanded(a), unexpanded(b)];
  return expand(emit(op, [left, right], { type, shape: broadcastShape(left.shape, right.shape) }), shape);
}

/** The tensor that a value was expanded from, or the number that fills it: operators broadcast by themselves. */
function unexpanded(value: Value): Value {
  if (value.fill !== undefined) return value.shape.length === 0 ? value : scalar(value.fill, value.type);
  const { source } = value;
  return source.kind === 'node' && source.op === 'Expand' ? (source.inputs[0] ?? value) : value;
}

/** a < b and the like. */
export function compare(op: string, a: Value, b: Value): Value {
  return binary(op, a, b, 'bool');
}

export const add = (a: Value, b: Value): Value => binary('Add', a, b);
export const sub = (a: Value, b: Value): Value => binary('Sub', a, b);
export const mul = (a: Value, b: Value): Value => binary('Mul', a, b);
export const div = (a: Value, b: Value): Value => binary('Div', a, b);

/** `yes` where the condition holds, `no` elsewhere; all three broadcast. */
export function where(condition: Value, yes: Value, no: Value): Value {
  // ONNX Runtime selects bytes but not bools.
  if (yes.type === 'bool') return cast(where(condition, cast(yes, 'uint8'), cast(no, 'uint8')), 'bool');
  const shape = broadcastShape(condition.shape, broadcastShape(yes.shape, no.shape));
  const [left, right] = [unexpanded(yes), unexpanded(no)];
  const small = broadcastShape(condition.shape, broadcastShape(left.shape, right.shape));
  return expand(emit('Where', [condition, left, right], { type: yes.type, shape: small }), shape);
}

export function cast(x: Value, type: ElementType): Value {
  if (x.type === type) return x;
  if (x.shape.length === 0 && x.source.kind === 'constant' && x.fill !== undefined) {
    return scalar(convert(x.fill, type), type);
  }
  return emit(
    'Cast',
    [x],
    { type, shape: x.shape, ...(x.fill !== undefined && { fill: convert(x.fill, type) }) },
    {
      attributes: { to: { int: ONNX_TYPE[type] } },
    },
  );
}

function convert(number: number, type: ElementType): number {
  if (type === 'bool') return Number(number !== 0);
  return type === 'int32' || type === 'int64' ? Math.trunc(number) : number;
}

/** TensorProto.DataType, for the attribute `to` of Cast. */
const ONNX_TYPE: Record<ElementType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

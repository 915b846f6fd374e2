import type { ElementType } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import { int64s } from './constants.js';
import { emit } from './emit.js';
import { normalizeAxis, reducedShape } from './shapes.js';

/** Reduces the axes (counted from the front) by ReduceSum, ReduceMax, ReduceProd, ReduceMean, ... */
export function reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  if (axes.length === 0) return x;
  return emit(
    op,
    [x, int64s(axes)],
    { type: x.type, shape: reducedShape(x.shape, axes, keepDims) },
    { attributes: { keepdims: { int: Number(keepDims) } } },
  );
}

/** Position (int64) of the first greatest or smallest element along one axis. */
export function argReduce(op: 'ArgMax' | 'ArgMin', x: Value, axis: number, keepDims: boolean): Value {
  const at = normalizeAxis(axis, x.shape.length);
  const type: ElementType = 'int64';
  return emit(
    op,
    [x],
    { type, shape: reducedShape(x.shape, [at], keepDims) },
    { attributes: { axis: { int: at }, keepdims: { int: Number(keepDims) } } },
  );
}

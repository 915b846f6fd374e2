import { sizeOf, type Value } from '../graph.js';
import { int32s, scalar } from './constants.js';
import { cast, mul } from './elementwise.js';
import { emit } from './emit.js';
import { expand, reshape } from './layout.js';
import { reduce } from './reduce.js';

/** [0, step, 2 step, ...], as int32. */
export function range(count: number, step = 1): Value {
  const bounds = [0, count * step, step].map((number) => scalar(number, 'int32'));
  return emit('Range', bounds, { type: 'int32', shape: [count] });
}

/** The slices of `x` at `indices` of an axis. ONNX counts a negative index from the end. */
export function gather(x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return emit('Gather', [x, indices], { type: x.type, shape }, { attributes: { axis: { int: axis } } });
}

/** For each element of `indices`, the element of the same row at that index; rows run along the last axis. */
export function gatherInRows(x: Value, indices: Value): Value {
  const axis = x.shape.length - 1;
  return emit(
    'GatherElements',
    [x, indices],
    { type: x.type, shape: indices.shape },
    { attributes: { axis: { int: axis } } },
  );
}

/** Coordinates [..., axes] in a tensor of shape `dims`, as flat positions [...]. */
export function flatPositions(coordinates: Value, dims: readonly number[]): Value {
  const shape = coordinates.shape.slice(0, -1);
  if (dims.length === 1) return reshape(coordinates, shape);
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  return reduce('ReduceSum', mul(coordinates, int32s(strides)), [shape.length], false);
}

/**
 * `base` [rows, ...] with each slice of `updates` written to, or added to, the row that `positions` gives for it.
 * `positions` has the shape of the leading axes of `updates`; the other axes of `updates` match the axes of `base`
 * after the first.
 *
 * ScatterElements rather than ScatterND, whose slices several threads write: where positions repeat, ONNX Runtime loses
 * some of the sums, and which update stays is random. Without repeats both take the same time, nearly all of it for the
 * base.
 */
export function scatterRows(base: Value, positions: Value, updates: Value, reduction: 'add' | 'none'): Value {
  if (updates.size === 0) return base;
  const column = [...positions.shape, ...updates.shape.slice(positions.shape.length).map(() => 1)];
  // Booleans are added as integers.
  const type = base.type === 'bool' && reduction === 'add' ? 'int32' : base.type;
  const scattered = emit(
    'ScatterElements',
    [cast(base, type), expand(reshape(positions, column), updates.shape), cast(updates, type)],
    { type, shape: base.shape },
    { attributes: { axis: { int: 0 }, reduction: { string: reduction } } },
  );
  return cast(scattered, base.type);
}

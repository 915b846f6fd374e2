import { sameShape, sizeOf, type Value } from '../graph.js';
import { filled, int64s, scalar } from './constants.js';
import { emit } from './emit.js';

/** The inputs of the op that made a value if that op is `op`. */
function madeBy(value: Value, op: string): readonly (Value | undefined)[] | undefined {
  return value.source.kind === 'node' && value.source.op === op ? value.source.inputs : undefined;
}

const withFill = (x: Value): { fill?: number } => (x.fill === undefined ? {} : { fill: x.fill });

export function reshape(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  // Merges two Reshapes in a row.
  const inner = madeBy(x, 'Reshape')?.[0];
  if (inner) return reshape(inner, shape);
  return emit(
    'Reshape',
    [x, int64s(shape)],
    { type: x.type, shape, ...withFill(x) },
    // Otherwise a 0 in the shape means the dimension of the input.
    sizeOf(shape) === 0 ? { attributes: { allowzero: { int: 1 } } } : {},
  );
}

export function expand(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const source = x.fill === undefined ? x : scalar(x.fill, x.type);
  return emit('Expand', [source, int64s(shape)], { type: x.type, shape, ...withFill(x) });
}

export function transpose(x: Value, permutation: readonly number[]): Value {
  if (permutation.every((from, axis) => from === axis)) return x;
  if (x.source.kind === 'node' && x.source.op === 'Transpose') {
    const inner = x.source.inputs[0] as Value;
    const { perm } = x.source.attributes;
    if (perm && 'ints' in perm) {
      return transpose(
        inner,
        permutation.map((axis) => perm.ints[axis] as number),
      );
    }
  }
  const shape = permutation.map((axis) => x.shape[axis] as number);
  const moved = permutation.filter((axis) => x.shape[axis] !== 1);
  // If only axes of one element move, the order of the elements stays.
  if (moved.every((axis, at) => at === 0 || axis > (moved[at - 1] as number))) return reshape(x, shape);
  return emit(
    'Transpose',
    [x],
    { type: x.type, shape, ...withFill(x) },
    { attributes: { perm: { ints: permutation } } },
  );
}

/** Swaps the last two axes. */
export function transposeMatrix(x: Value): Value {
  const rank = x.shape.length;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first === undefined) throw new RangeError('concat expects at least one tensor');
  const along = values.reduce((sum, value) => sum + (value.shape[axis] as number), 0);
  const shape = first.shape.map((dim, at) => (at === axis ? along : dim));
  const pieces = values.filter(({ size }) => size > 0);
  if (pieces.length === 1) return pieces[0] as Value;
  return emit('Concat', pieces, { type: first.type, shape }, { attributes: { axis: { int: axis } } });
}

/**
 * The elements begin, begin + stride, ... before `end` of every axis. A stride may be negative; end -1 is then before
 * the first element.
 */
export function slice(
  x: Value,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): Value {
  const shape = begin.map((from, axis) =>
    Math.max(0, Math.ceil(((end[axis] as number) - from) / (strides[axis] as number))),
  );
  const changed = begin.map((_, axis) => axis).filter((axis) => !untouched(axis));
  if (changed.length === 0) return x;
  const of = (list: readonly number[]): Value => int64s(changed.map((axis) => list[axis] as number));
  // ONNX reads -1 as the last element, so an end before the first is a number far below.
  const ends = end.map((to, axis) => ((strides[axis] as number) < 0 && to < 0 ? -BEYOND : to));
  return emit('Slice', [x, of(begin), of(ends), int64s(changed), of(strides)], {
    type: x.type,
    shape,
    ...withFill(x),
  });

  function untouched(axis: number): boolean {
    return begin[axis] === 0 && strides[axis] === 1 && end[axis] === x.shape[axis];
  }
}

const BEYOND = 2 ** 31;

/** Pads each axis by [before, after] elements. */
export function pad(
  x: Value,
  paddings: readonly (readonly [number, number])[],
  value: number,
  mode: 'constant' | 'reflect' | 'edge' = 'constant',
): Value {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((dim, axis) => dim + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
  if (x.size === 0) return filled(value, shape, x.type);
  const pads = int64s([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  const inputs = mode === 'constant' ? [x, pads, scalar(value, x.type)] : [x, pads];
  return emit('Pad', inputs, { type: x.type, shape }, { attributes: { mode: { string: mode } } });
}

import type { ExpandDimsAttrs, ReshapeAttrs, TileAttrs, TransposeAttrs } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import type { Value } from '../graph.js';
import { int64s } from '../ops/constants.js';
import { cast } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { concat, expand, pad, reshape, slice, transpose } from '../ops/layout.js';
import { normalizeAxis } from '../ops/shapes.js';
import { kernel, type Kernel, listed } from './kernel.js';

/** The shape with an axis of one element inserted. */
function withAxis(shape: readonly number[], axis: number): number[] {
  const rank = shape.length;
  tf.util.assert(
    axis >= -rank - 1 && axis <= rank,
    () => `position ${axis} for a new axis; expected -${rank + 1} to ${rank}`,
  );
  return shape.toSpliced(axis < 0 ? axis + rank + 1 : axis, 0, 1);
}

/** Joins tensors along an axis, in the type of the first. */
function join(values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first === undefined) throw new RangeError('concat expects at least one tensor');
  const at = normalizeAxis(axis, first.shape.length);
  tf.backend_util.assertParamsConsistent(
    values.map(({ shape }) => [...shape]),
    at,
  );
  return concat(
    values.map((value) => cast(value, first.type)),
    at,
  );
}

/** Joins tensors along a new axis. */
function stack(values: readonly Value[], axis: number): Value {
  const types = new Set(values.map(({ type }) => type));
  if (types.size > 1) {
    throw new RangeError(`tensors to stack are of types ${[...types].join(' and ')}; expected one type`);
  }
  return join(
    values.map((value) => reshape(value, withAxis(value.shape, axis))),
    axis,
  );
}

function tile(x: Value, repetitions: readonly number[]): Value {
  const shape = x.shape.map((dim, axis) => dim * (repetitions[axis] as number));
  const spread = x.shape.every((dim, axis) => dim === 1 || repetitions[axis] === 1);
  if (spread || x.fill !== undefined) return expand(x, shape);
  return emit('Tile', [x, int64s(repetitions)], { type: x.type, shape });
}

/**
 * Element i at [i, i]. In a matrix whose rows are one element too long, the first column becomes the diagonal of a
 * square matrix.
 */
function diagonal(x: Value): Value {
  const count = x.size;
  const after: [number, number] = [0, count];
  const wide = pad(reshape(x, [count, 1]), [[0, 0], after], 0);
  const flat = slice(reshape(wide, [count * (count + 1)]), [0], [count * count]);
  return reshape(flat, [...x.shape, ...x.shape]);
}

export const LAYOUT: Record<string, Kernel> = {
  Reshape: kernel<'x', ReshapeAttrs>(({ x }, { shape }) =>
    reshape(x, tf.util.inferFromImplicitShape(shape, x.size)),
  ),
  ExpandDims: kernel<'input', ExpandDimsAttrs>(({ input }, { dim }) =>
    reshape(input, withAxis(input.shape, dim)),
  ),
  Transpose: kernel<'x', TransposeAttrs>(({ x }, { perm }) => transpose(x, perm)),
  Concat: (inputs, { axis }) => join(listed(inputs), axis as number),
  Pack: (inputs, { axis }) => stack(listed(inputs), axis as number),
  Tile: kernel<'x', TileAttrs>(({ x }, { reps }) => tile(x, reps)),
  Diag: kernel<'x'>(({ x }) => diagonal(x)),
};

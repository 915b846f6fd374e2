import * as tf from '@tensorflow/tfjs';
import { sizeOf, type Value } from '../graph.js';
import { int64s } from '../ops/constants.js';
import { cast } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { concat, expand, pad, reshape, slice, transpose } from '../ops/layout.js';
import { normalizeAxis } from '../ops/shapes.js';
import { kernel, type Kernel, listed } from './kernel.js';

const { getReshaped, getPermuted, getReshapedPermuted, getSliceBeginCoords, getSliceSize } = tf.backend_util;

/** The shape with an axis of one element put in. */
function withAxis(shape: readonly number[], axis: number): number[] {
  return shape.toSpliced(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
}

/** Joined along an axis, in the type of the first. */
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

function tile(x: Value, repetitions: readonly number[]): Value {
  const shape = x.shape.map((dim, axis) => dim * (repetitions[axis] as number));
  const spread = x.shape.every((dim, axis) => dim === 1 || repetitions[axis] === 1);
  if (spread || x.fill !== undefined) return expand(x, shape);
  return emit('Tile', [x, int64s(repetitions)], { type: x.type, shape });
}

/** Element i of x at [i, i]: rows of n elements with one more after the first of each begin one further right. */
function diagonal(x: Value): Value {
  const count = x.size;
  const rows = pad(
    reshape(x, [count, 1]),
    [
      [0, 0],
      [0, count],
    ],
    0,
  );
  const flat = slice(reshape(rows, [count * (count + 1)]), [0], [count * count]);
  return reshape(flat, [...x.shape, ...x.shape]);
}

function spaceToBatch(x: Value, blockShape: number[], paddings: readonly number[][]): Value {
  const block = sizeOf(blockShape);
  const around = x.shape.map((_, axis): [number, number] => {
    const [before = 0, after = 0] = paddings[axis - 1] ?? [];
    return [before, after];
  });
  const padded = pad(x, around, 0);
  const dims = [...padded.shape];
  const split = getReshaped(dims, blockShape, block, false);
  const permuted = transpose(reshape(padded, split), getPermuted(split.length, blockShape.length, false));
  return reshape(permuted, getReshapedPermuted(dims, blockShape, block, false));
}

function batchToSpace(x: Value, blockShape: number[], crops: number[][]): Value {
  const blockSize = sizeOf(blockShape);
  const dims = [...x.shape];
  const split = getReshaped(dims, blockShape, block);
  const permuted = transpose(reshape(x, split), getPermuted(split.length, blockShape.length));
  const merged = getReshapedPermuted(dims, blockShape, block);
  const [begin = [], size = []] = tf.slice_util.parseSliceParams(
    { dataId: {}, shape: merged, dtype: 'float32' },
    getSliceBeginCoords(crops, blockShape.length),
    getSliceSize(merged, crops, blockShape.length),
  );
  return block(reshape(permuted, merged), begin, size);
}

/** [batch, height, width, block block depth] -> [batch, height block, width block, depth] */
function depthToSpace(x: Value, block: number): Value {
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const depth = channels / (block * block);
  const split = reshape(x, [batch, height, width, block, block, depth]);
  return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [batch, height * block, width * block, depth]);
}

export const LAYOUT: Record<string, Kernel> = {
  Reshape: kernel<'x', tf.ReshapeAttrs>(({ x }, { shape }) =>
    reshape(x, tf.util.inferFromImplicitShape(shape, x.size)),
  ),
  ExpandDims: kernel<'input', tf.ExpandDimsAttrs>(({ input }, { dim }) =>
    reshape(input, withAxis(input.shape, dim)),
  ),
  Transpose: kernel<'x', tf.TransposeAttrs>(({ x }, { perm }) => transpose(x, perm)),
  Concat: (inputs, { axis }) => join(listed(inputs), axis as number),
  Pack: (inputs, { axis }) => {
    const values = listed(inputs).map((value) => reshape(value, withAxis(value.shape, axis as number)));
    return join(values, axis as number);
  },
  Tile: kernel<'x', tf.TileAttrs>(({ x }, { reps }) => tile(x, reps)),
  Diag: kernel<'x'>(({ x }) => diagonal(x)),
  SpaceToBatchND: kernel<'x', tf.SpaceToBatchNDAttrs>(({ x }, { blockShape, paddings }) =>
    spaceToBatch(x, blockShape, paddings),
  ),
  BatchToSpaceND: kernel<'x', tf.BatchToSpaceNDAttrs>(({ x }, { blockShape, crops }) =>
    batchToSpace(x, blockShape, crops),
  ),
  DepthToSpace: kernel<'x', tf.DepthToSpaceAttrs>(({ x }, { blockSize, dataFormat }) => {
    if (dataFormat === 'NHWC') return depthToSpace(x, blockSize);
    const channelsLast = depthToSpace(transpose(x, [0, 2, 3, 1]), blockSize);
    return transpose(channelsLast, [0, 3, 1, 2]);
  }),
};

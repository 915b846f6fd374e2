import type { BatchToSpaceNDAttrs, DepthToSpaceAttrs, SpaceToBatchNDAttrs } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import { sizeOf, type Value } from '../graph.js';
import { pad, reshape, transpose } from '../ops/layout.js';
import { kernel, type Kernel } from './kernel.js';
import { sliceBySize } from './slicing.js';

function spaceToBatch(x: Value, blockShape: number[], paddings: readonly number[][]): Value {
  const { getReshaped, getPermuted, getReshapedPermuted } = tf.backend_util;
  const blockSize = sizeOf(blockShape);
  const around = x.shape.map((_, axis): [number, number] => {
    const [before = 0, after = 0] = paddings[axis - 1] ?? [];
    return [before, after];
  });
  const padded = pad(x, around, 0);
  const dims = [...padded.shape];
  const split = getReshaped(dims, blockShape, blockSize, false);
  const permuted = transpose(reshape(padded, split), getPermuted(split.length, blockShape.length, false));
  return reshape(permuted, getReshapedPermuted(dims, blockShape, blockSize, false));
}

function batchToSpace(x: Value, blockShape: number[], crops: number[][]): Value {
  const { getReshaped, getPermuted, getReshapedPermuted, getSliceBeginCoords, getSliceSize } =
    tf.backend_util;
  const blockSize = sizeOf(blockShape);
  const dims = [...x.shape];
  const split = getReshaped(dims, blockShape, blockSize);
  const permuted = transpose(reshape(x, split), getPermuted(split.length, blockShape.length));
  const merged = getReshapedPermuted(dims, blockShape, blockSize);
  const begin = getSliceBeginCoords(crops, blockShape.length);
  return sliceBySize(reshape(permuted, merged), begin, getSliceSize(merged, crops, blockShape.length));
}

/** [batch, height, width, block block depth] -> [batch, height block, width block, depth] */
function depthToSpace(x: Value, block: number): Value {
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const depth = channels / (block * block);
  const split = reshape(x, [batch, height, width, block, block, depth]);
  return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [batch, height * block, width * block, depth]);
}

export const SPACE: Record<string, Kernel> = {
  SpaceToBatchND: kernel<'x', SpaceToBatchNDAttrs>(({ x }, { blockShape, paddings }) =>
    spaceToBatch(x, blockShape, paddings),
  ),
  BatchToSpaceND: kernel<'x', BatchToSpaceNDAttrs>(({ x }, { blockShape, crops }) =>
    batchToSpace(x, blockShape, crops),
  ),
  DepthToSpace: kernel<'x', DepthToSpaceAttrs>(({ x }, { blockSize, dataFormat }) => {
    if (dataFormat === 'NHWC') return depthToSpace(x, blockSize);
    const channelsLast = depthToSpace(transpose(x, [0, 2, 3, 1]), blockSize);
    return transpose(channelsLast, [0, 3, 1, 2]);
  }),
};

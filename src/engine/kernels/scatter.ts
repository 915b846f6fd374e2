import type * as tf from '@tensorflow/tfjs';
import { sizeOf, type Value } from '../graph.js';
import { scalar, zeros } from '../ops/constants.js';
import { cast, compare, where } from '../ops/elementwise.js';
import { requireWithin } from '../ops/index-bounds.js';
import { flatPositions, scatterRows } from '../ops/indexing.js';
import { expand, reshape } from '../ops/layout.js';
import { kernel, type Kernel } from './kernel.js';

/**
 * Writes slices of `updates` to positions of `base`, or adds them. The positions are rows [..., depth] of coordinates
 * in the first `depth` axes of `base`. Indices of rank 1 are coordinates in one axis.
 */
function scatter(base: Value, indices: Value, updates: Value, reduction: 'add' | 'none'): Value {
  const depth = indices.shape.length > 1 ? (indices.shape.at(-1) as number) : 1;
  const [dims, slice] = [base.shape.slice(0, depth), base.shape.slice(depth)];
  const count = indices.size / Math.max(depth, 1);
  requireWithin('ScatterNd', indices, dims);
  const positions = flatPositions(reshape(indices, [count, depth]), dims);
  const scattered = scatterRows(
    reshape(base, [sizeOf(dims), ...slice]),
    positions,
    reshape(updates, [count, ...slice]),
    reduction,
  );
  return reshape(scattered, base.shape);
}

/** y[s] = sum of x[i] over the i whose segment is s; a segment outside [0, numSegments) is ignored. */
function segmentSum(x: Value, segments: Value, numSegments: number): Value {
  const bound = (number: number): Value => scalar(number, 'int32');
  const known = compare(
    'And',
    compare('GreaterOrEqual', segments, bound(0)),
    compare('Less', segments, bound(numSegments)),
  );
  const column = [...segments.shape, ...x.shape.slice(segments.shape.length).map(() => 1)];
  const counted = where(reshape(known, column), cast(x, 'float32'), scalar(0, 'float32'));
  const positions = where(known, segments, bound(0));
  return scatterRows(zeros([numSegments, ...x.shape.slice(1)], 'float32'), positions, counted, 'add');
}

export const SCATTER: Record<string, Kernel> = {
  ScatterNd: kernel<'indices' | 'updates', tf.ScatterNdAttrs>(({ indices, updates }, { shape }) =>
    scatter(zeros(shape, updates.type), indices, updates, 'add'),
  ),
  TensorScatterUpdate: kernel<'tensor' | 'indices' | 'updates'>(({ tensor, indices, updates }) =>
    scatter(tensor, indices, updates, 'none'),
  ),
  SparseToDense: kernel<'sparseIndices' | 'sparseValues' | 'defaultValue', tf.SparseToDenseAttrs>(
    ({ sparseIndices, sparseValues, defaultValue }, { outputShape }) => {
      const count = sparseIndices.shape[0] ?? 1;
      const coordinates = reshape(sparseIndices, [count, outputShape.length]);
      return scatter(expand(defaultValue, outputShape), coordinates, expand(sparseValues, [count]), 'none');
    },
  ),
  UnsortedSegmentSum: kernel<'x' | 'segmentIds', tf.UnsortedSegmentSumAttrs>(
    ({ x, segmentIds }, { numSegments }) => segmentSum(x, segmentIds, numSegments),
  ),
};

import type { GatherV2Attrs, OneHotAttrs, SearchSortedAttrs } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import { sizeOf, type Value } from '../graph.js';
import { scalar, zeros } from '../ops/constants.js';
import { add, binary, compare, sub, where } from '../ops/elementwise.js';
import { requireWithin } from '../ops/index-bounds.js';
import { flatPositions, gather, gatherInRows, range } from '../ops/indexing.js';
import { expand, reshape, transpose } from '../ops/layout.js';
import { normalizeAxis } from '../ops/shapes.js';
import { kernel, type Kernel } from './kernel.js';
import { tensorInfo } from './tensor-info.js';

/**
 * Slices of an axis, where the leading `batchDims` axes of x and of the indices correspond: x as [batch, outer, dim,
 * slice] becomes rows [batch dim, outer slice], and the rows of batch b begin at b dim.
 */
function gatherBatched(x: Value, indices: Value, axis: number, batchDims: number): Value {
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
    tf.backend_util.segment_util.collectGatherOpShapeInfo(
      tensorInfo(x),
      tensorInfo(indices),
      axis,
      batchDims,
    );
  if (sizeOf(outputShape) === 0) return zeros(outputShape, x.type);
  requireWithin('GatherV2', indices, [dimSize]);
  if (batchSize === 1) {
    const shape = indices.shape.slice(batchDims < 0 ? batchDims + indices.shape.length : batchDims);
    return reshape(gather(x, reshape(indices, shape), axis), outputShape);
  }
  const count = indices.size / batchSize;
  const swapped = transpose(reshape(x, [batchSize, outerSize, dimSize, sliceSize]), [0, 2, 1, 3]);
  const rows = reshape(swapped, [batchSize * dimSize, outerSize * sliceSize]);
  const offsets = reshape(range(batchSize, dimSize), [batchSize, 1]);
  const found = gather(rows, add(reshape(indices, [batchSize, count]), offsets), 0);
  const restored = transpose(reshape(found, [batchSize, count, outerSize, sliceSize]), [0, 2, 1, 3]);
  return reshape(restored, outputShape);
}

/** The slices of `params` at the rows [..., depth] of coordinates in its first `depth` axes. */
function gatherNd(params: Value, indices: Value): Value {
  const [shape] = tf.backend_util.prepareAndValidate(tensorInfo(params), tensorInfo(indices));
  const depth = indices.shape.at(-1) as number;
  if (depth === 0) return expand(params, shape);
  const dims = params.shape.slice(0, depth);
  requireWithin('GatherNd', indices, dims);
  const positions = flatPositions(indices, dims);
  return gather(reshape(params, [sizeOf(dims), ...params.shape.slice(depth)]), positions, 0);
}

/** [...] -> [..., depth]: `on` where the position on the last axis is the index, `off` elsewhere. */
function oneHot(indices: Value, depth: number, on: Value, off: Value): Value {
  return where(compare('Equal', reshape(indices, [...indices.shape, 1]), range(depth)), on, off);
}

/**
 * For each value, how many of the sorted elements of its row are less than it (`left`), or not greater (`right`). A
 * binary search: the count grows by 2^k, 2^(k-1), ..., 1 as long as the element before the new count still qualifies.
 */
function searchSorted(sorted: Value, values: Value, side: 'left' | 'right'): Value {
  const length = sorted.shape[1] as number;
  const qualifies = side === 'left' ? 'Less' : 'LessOrEqual';
  const int = (number: number): Value => scalar(number, 'int32');
  let count = zeros(values.shape, 'int32');
  if (length === 0) return count;
  for (let step = 2 ** Math.floor(Math.log2(length)); step >= 1; step /= 2) {
    const grown = add(count, int(step));
    const passed = gatherInRows(sorted, sub(binary('Min', grown, int(length)), int(1)));
    const accepted = compare(
      'And',
      compare('LessOrEqual', grown, int(length)),
      compare(qualifies, passed, values),
    );
    count = where(accepted, grown, count);
  }
  return count;
}

export const GATHER: Record<string, Kernel> = {
  GatherV2: kernel<'x' | 'indices', GatherV2Attrs>(({ x, indices }, { axis, batchDims }) =>
    gatherBatched(x, indices, normalizeAxis(axis, x.shape.length), batchDims),
  ),
  GatherNd: kernel<'params' | 'indices'>(({ params, indices }) => gatherNd(params, indices)),
  OneHot: kernel<'indices', OneHotAttrs>(({ indices }, { depth, onValue, offValue, dtype }) => {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
      throw new RangeError(`oneHot of type ${dtype}; expected float32, int32 or bool`);
    }
    return oneHot(indices, depth, scalar(onValue, dtype), scalar(offValue, dtype));
  }),
  SearchSorted: kernel<'sortedSequence' | 'values', SearchSortedAttrs>(
    ({ sortedSequence, values }, { side }) => searchSorted(sortedSequence, values, side),
  ),
};

import type {
  MirrorPadAttrs,
  PadV2Attrs,
  ReverseAttrs,
  SliceAttrs,
  SplitVAttrs,
  StridedSliceAttrs,
  UnpackAttrs,
} from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import type { Value } from '../graph.js';
import { concat, pad, reshape, slice } from '../ops/layout.js';
import { normalizeAxis } from '../ops/shapes.js';
import { kernel, type Kernel } from './kernel.js';
import { tensorInfo } from './tensor-info.js';

/**
 * `size` elements of each axis from `begin` on. A size of -1 or undefined takes the rest; missing axes are taken whole.
 */
export function sliceBySize(x: Value, begin: number | number[], size?: number | number[]): Value {
  const info = tensorInfo(x);
  const [from = [], count = []] = tf.slice_util.parseSliceParams(info, begin, size);
  tf.slice_util.assertParamsValid(info, from, count);
  return slice(
    x,
    from,
    from.map((first, axis) => first + (count[axis] as number)),
  );
}

/** The elements from, from + stride, ... before `to` along one axis. */
function along(x: Value, axis: number, from: number, to: number, stride = 1): Value {
  return slice(
    x,
    x.shape.map((_, at) => (at === axis ? from : 0)),
    x.shape.map((dim, at) => (at === axis ? to : dim)),
    x.shape.map((_, at) => (at === axis ? stride : 1)),
  );
}

/** Consecutive pieces of an axis, with these sizes. */
function split(x: Value, sizes: readonly number[], axis: number): Value[] {
  let from = 0;
  return sizes.map((size) => along(x, axis, from, (from += size)));
}

function reverse(x: Value, axes: readonly number[]): Value {
  return axes.reduce((turned, axis) => along(turned, axis, (x.shape[axis] as number) - 1, -1, -1), x);
}

/**
 * Adds the mirror image before and after each axis. `reflect` mirrors at the middle of the outermost element,
 * `symmetric` at its outer edge, so that element occurs twice.
 */
function mirrorPad(
  x: Value,
  paddings: readonly (readonly [number, number])[],
  mode: 'reflect' | 'symmetric',
): Value {
  const skipped = mode === 'reflect' ? 1 : 0;
  return paddings.reduce((padded, [before, after], axis) => {
    const last = (padded.shape[axis] as number) - 1;
    const left = along(padded, axis, before - 1 + skipped, skipped - 1, -1);
    const right = along(padded, axis, last - skipped, last - skipped - after, -1);
    return concat([left, padded, right], axis);
  }, x);
}

export const SLICING: Record<string, Kernel> = {
  Slice: kernel<'x', SliceAttrs>(({ x }, { begin, size }) => sliceBySize(x, begin, size)),
  StridedSlice: kernel<'x', StridedSliceAttrs>(({ x }, attributes) => {
    const { begin, end, strides, finalShape } = tf.slice_util.sliceInfo(
      [...x.shape],
      attributes.begin,
      attributes.end,
      attributes.strides,
      attributes.beginMask,
      attributes.endMask,
      attributes.ellipsisMask,
      attributes.newAxisMask,
      attributes.shrinkAxisMask,
    );
    return reshape(slice(x, begin, end, strides), finalShape);
  }),
  SplitV: kernel<'x', SplitVAttrs>(({ x }, { numOrSizeSplits, axis }) => {
    const at = normalizeAxis(axis, x.shape.length);
    return split(x, tf.backend_util.prepareSplitSize(tensorInfo(x), numOrSizeSplits, at), at);
  }),
  Unpack: kernel<'value', UnpackAttrs>(({ value }, { axis }) => {
    const at = normalizeAxis(axis, value.shape.length);
    const ones = Array.from({ length: value.shape[at] ?? 0 }, () => 1);
    return split(value, ones, at).map((piece) => reshape(piece, value.shape.toSpliced(at, 1)));
  }),
  PadV2: kernel<'x', PadV2Attrs>(({ x }, { paddings, constantValue }) => pad(x, paddings, constantValue)),
  MirrorPad: kernel<'x', MirrorPadAttrs>(({ x }, { paddings, mode }) => mirrorPad(x, paddings, mode)),
  Reverse: kernel<'x', ReverseAttrs>(({ x }, { dims }) =>
    reverse(x, tf.util.parseAxisParam(dims, [...x.shape])),
  ),
  FlipLeftRight: kernel<'image'>(({ image }) => reverse(image, [2])),
};

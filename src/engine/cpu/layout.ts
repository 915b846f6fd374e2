import { tf } from '../../tf.js';
import { type CpuKernel, type KernelCall, newValues, numericInput, stridesOf, valuesOf } from './kernel.js';
import { copyView, type View } from './view.js';

/** Kernels that only move numbers. */
export const LAYOUT: Readonly<Record<string, CpuKernel>> = {
  Transpose: (call) => {
    const x = numericInput(call, 'x');
    return x && transpose(call, x, call.attrs['perm'] as number[]);
  },
  Slice: (call) => {
    const x = numericInput(call, 'x');
    if (x === undefined) return undefined;
    const { begin, size } = call.attrs as { begin: number[]; size: number[] };
    const [from = [], sizes = []] = tf.slice_util.parseSliceParams(x, begin, size);
    // tfjs makes no copy of a part without gaps.
    if (tf.slice_util.isSliceContinous(x.shape, from, sizes)) return undefined;
    tf.slice_util.assertParamsValid(x, from, sizes);
    return slice(call, x, from, sizes);
  },
  SplitV: (call) => {
    const x = numericInput(call, 'x');
    if (x === undefined) return undefined;
    const { numOrSizeSplits, axis } = call.attrs as { numOrSizeSplits: number[] | number; axis: number };
    const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
    let start = 0;
    return tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along).map((part) => {
      const sizes = x.shape.with(along, part);
      const from = x.shape.map(() => 0).with(along, start);
      start += part;
      return slice(call, x, from, sizes);
    });
  },
  Tile: (call) => {
    const x = numericInput(call, 'x');
    if (x === undefined) return undefined;
    const reps = call.attrs['reps'] as number[];
    const strides = stridesOf(x.shape);
    return made(
      call,
      x,
      x.shape.map((size, axis) => size * (reps[axis] as number)),
      {
        shape: x.shape.flatMap((size, axis) => [reps[axis] as number, size]),
        strides: strides.flatMap((stride) => [0, stride]),
      },
    );
  },
};

/** A tensor with its axes in another order. */
export function transpose(call: KernelCall, x: tf.TensorInfo, order: readonly number[]): tf.TensorInfo {
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis] as number);
  return made(call, x, shape, { shape, strides: order.map((axis) => strides[axis] as number) });
}

function slice(call: KernelCall, x: tf.TensorInfo, from: number[], shape: number[]): tf.TensorInfo {
  const strides = stridesOf(x.shape);
  const offset = from.reduce((sum, start, axis) => sum + start * (strides[axis] as number), 0);
  return made(call, x, shape, { shape, strides, offset });
}

function made(call: KernelCall, x: tf.TensorInfo, shape: readonly number[], view: View): tf.TensorInfo {
  const target = newValues(x.dtype, tf.util.sizeFromShape([...shape]));
  return call.backend.makeTensorInfo(shape, x.dtype, copyView(valuesOf(call, x), view, target));
}

import type { CastAttrs, FillAttrs, LinSpaceAttrs, RangeAttrs } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import { UnsupportedKernelError } from '../errors.js';
import { filled, zeros } from '../ops/constants.js';
import { convert } from '../ops/convert.js';
import { dataValue, isTensorType, type TensorType } from '../storage.js';
import { kernel, type Kernel } from './kernel.js';

function tensorType(kernelName: string, type: tf.DataType): TensorType {
  if (isTensorType(type)) return type;
  throw new UnsupportedKernelError(
    type === 'complex64' ? 'Complex' : type,
    `${kernelName}: the onnx engine does not compute with ${type} tensors; the engines cpu and tensorflow do`,
  );
}

/** start, start + step, ... Each sum is rounded to the type before the next step is added, as in tfjs. */
function progression(
  start: number,
  step: number,
  length: number,
  type: TensorType,
): Float32Array | Int32Array {
  const elements = type === 'int32' ? new Int32Array(length) : new Float32Array(length);
  elements.forEach((_, index) => {
    elements[index] = index === 0 ? start : (elements[index - 1] as number) + step;
  });
  return elements;
}

function rangeLength({ start, stop, step }: RangeAttrs): number {
  const away = (start < stop && step < 0) || (stop < start && step > 1);
  return start === stop || away ? 0 : Math.abs(Math.ceil((stop - start) / step));
}

export const CREATION: Record<string, Kernel> = {
  Cast: kernel<'x', CastAttrs>(({ x }, { dtype }) => convert(x, tensorType('Cast', dtype))),
  Fill: kernel<never, FillAttrs>((_, { shape, value, dtype }) => {
    const type = tensorType('Fill', dtype || tf.util.inferDtype(value));
    return filled(Number(value), shape, type);
  }),
  Identity: kernel<'x'>(({ x }) => x),
  LinSpace: kernel<never, LinSpaceAttrs>((_, { start, stop, num }) =>
    dataValue(progression(start, (stop - start) / (num - 1), num, 'float32'), 'float32', [num]),
  ),
  OnesLike: kernel<'x'>(({ x }) => filled(1, x.shape, x.type)),
  Range: kernel<never, RangeAttrs>((_, attributes) => {
    const { start, stop, step, dtype } = attributes;
    const length = rangeLength(attributes);
    // A step of 1, which is also the default, counts down if stop is below start.
    const signed = stop < start && step === 1 ? -1 : step;
    return dataValue(progression(start, signed, length, dtype), dtype, [length]);
  }),
  ZerosLike: kernel<'x'>(({ x }) => zeros(x.shape, x.type)),
};

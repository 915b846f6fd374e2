import { tf } from '../../tf.js';
import { type CpuKernel, type KernelCall, numericInput, valuesOf } from './kernel.js';
import { transpose } from './layout.js';

/** Kernels that reduce axes, which have to be the last ones: tfjs's own way to move them there is slow. */
export const REDUCTIONS: Readonly<Record<string, CpuKernel>> = {
  Max: (call) => reduceLast(call, numericInput(call, 'x'), 'reductionIndices'),
  Sum: (call) => reduceLast(call, numericInput(call, 'x'), 'axis'),
  Mean: (call) => reduceLast(call, numericInput(call, 'x'), 'axis'),
  Softmax: (call) => {
    const logits = numericInput(call, 'logits');
    const rank = logits?.shape.length ?? 0;
    const { dim } = call.attrs as { dim: number };
    if (logits?.dtype !== 'float32' || (dim !== -1 && dim !== rank - 1)) return undefined;
    const size = logits.shape[rank - 1] as number;
    return call.backend.makeTensorInfo(logits.shape, 'float32', softmax(valuesOf(call, logits), size));
  },
};

function reduceLast(
  call: KernelCall,
  x: tf.TensorInfo | undefined,
  attribute: string,
): tf.TensorInfo | undefined {
  if (x === undefined) return undefined;
  const rank = x.shape.length;
  const axes = tf.util.parseAxisParam(call.attrs[attribute] as number[], x.shape);
  const order = tf.backend_util.getAxesPermutation(axes, rank);
  if (order === null) return undefined;
  const moved = transpose(call, x, order);
  const last = tf.backend_util.getInnerMostAxes(axes.length, rank);
  const result = call.original({ x: moved }, { [attribute]: last, keepDims: false });
  call.backend.disposeIntermediateTensorInfo(moved);
  if (call.attrs['keepDims'] !== true) return result;
  return { ...result, shape: tf.backend_util.expandShapeToKeepDim(result.shape, axes) };
}

/** Rounds where tfjs does, which computes it from five kernels. */
function softmax(logits: ArrayLike<number>, size: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let start = 0; start < result.length; start += size) {
    let largest = logits[start] as number;
    for (let i = start; i < start + size; i++) {
      const value = logits[i] as number;
      if (value > largest || Number.isNaN(value)) largest = value;
    }
    let sum = 0;
    for (let i = start; i < start + size; i++) {
      result[i] = Math.exp(Math.fround((logits[i] as number) - largest));
      sum += result[i] as number;
    }
    const rounded = Math.fround(sum);
    for (let i = start; i < start + size; i++) result[i] = (result[i] as number) / rounded;
  }
  return result;
}

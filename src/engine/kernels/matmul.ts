import * as tf from '@tensorflow/tfjs';
import type { _FusedMatMulAttrs, BatchMatMulAttrs, EinsumAttrs } from '@tensorflow/tfjs';
import type { Value } from '../graph.js';
import { activate } from '../ops/activations.js';
import { commonType } from '../ops/convert.js';
import { add, cast } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { transposeMatrix } from '../ops/layout.js';
import { matMul } from '../ops/matmul.js';
import { kernel, type Kernel, listed } from './kernel.js';

/**
 * ONNX Runtime turns a Transpose before a MatMul into a product that reads its operand transposed, which is as
 * fast as any other: the standard operators stay.
 */
function product(a: Value, b: Value, { transposeA, transposeB }: BatchMatMulAttrs): Value {
  const type = commonType([a, b]);
  const [left, right] = [cast(a, type), cast(b, type)];
  return matMul(transposeA ? transposeMatrix(left) : left, transposeB ? transposeMatrix(right) : right);
}

function einsum(tensors: readonly Value[], equation: string): Value {
  const { allDims, idDims, summedDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
  const infos = tensors.map(({ shape }) => ({ shape: [...shape] }));
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, infos as tf.Tensor[]);
  const kept = allDims.length - summedDims.length;
  const sizeOf = (dim: number): number =>
    tensors.flatMap(({ shape }, at) => shape.filter((_, axis) => idDims[at]?.[axis] === dim))[0] ?? 1;
  // tfjs numbers the kept dimensions first, in the order of the result.
  const shape = Array.from({ length: kept }, (_, dim) => sizeOf(dim));
  const type = commonType(tensors);
  return emit(
    'Einsum',
    tensors.map((value) => cast(value, type)),
    { type, shape },
    { attributes: { equation: { string: equation } } },
  );
}

export const MATMUL: Record<string, Kernel> = {
  BatchMatMul: kernel<'a' | 'b', BatchMatMulAttrs>(({ a, b }, attributes) => product(a, b, attributes)),
  _FusedMatMul: kernel<'a' | 'b', _FusedMatMulAttrs, 'bias' | 'preluActivationWeights'>(
    ({ a, b, bias, preluActivationWeights }, attributes) => {
      const linear = product(a, b, attributes);
      return activate(bias ? add(linear, bias) : linear, { ...attributes, alpha: preluActivationWeights });
    },
  ),
  Einsum: (inputs, attributes) => einsum(listed(inputs), (attributes as unknown as EinsumAttrs).equation),
};

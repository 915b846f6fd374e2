import type { _FusedMatMulAttrs, BatchMatMulAttrs, EinsumAttrs } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import type { Value } from '../graph.js';
import { activate } from '../ops/activations.js';
import { commonType } from '../ops/convert.js';
import { add, cast } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { reshape, transposeMatrix } from '../ops/layout.js';
import { matMul } from '../ops/matmul.js';
import { kernel, type Kernel, listed } from './kernel.js';

/**
 * ONNX Runtime turns a Transpose before a MatMul into a product that reads its operand transposed. On the right-hand
 * side this is as fast as an ordinary product. On the left it is slower (a weight's gradient, 384 x 2,048 by 2,048 x
 * 384: 1.2 to 2 times; batches of small matrices: 2.5 times), and `transposedLeft` prevents it.
 */
function product(a: Value, b: Value, { transposeA, transposeB }: BatchMatMulAttrs): Value {
  const [rows, left] = matrixSizes(a, transposeA);
  const [right, columns] = matrixSizes(b, transposeB);
  if (left !== right) {
    throw new RangeError(
      `matMul of [${rows}, ${left}] and [${right}, ${columns}] (tensors [${a.shape.join(', ')}] and ` +
        `[${b.shape.join(', ')}]); expected as many columns on the left as rows on the right`,
    );
  }
  const type = commonType([a, b]);
  const [x, y] = [cast(a, type), cast(b, type)];
  // a^T b = (b^T a)^T. In attention's gradients b is a transposed tensor, so both of these cost nothing.
  if (transposeA && !transposeB && b.shape.length > 2 && isTransposed(y)) {
    return transposeMatrix(matMul(transposeMatrix(y), x));
  }
  return matMul(transposeA ? transposedLeft(x) : x, transposeB ? transposeMatrix(y) : y);
}

/** The transposed matrices as a tensor in memory: a Reshape that changes nothing follows the Transpose. */
function transposedLeft(x: Value): Value {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const transposed = transposeMatrix(reshape(x, [1, ...x.shape]));
  return reshape(transposed, [...x.shape.slice(0, -2), columns, rows]);
}

const isTransposed = ({ source }: Value): boolean => source.kind === 'node' && source.op === 'Transpose';

function matrixSizes({ shape }: Value, transposed: boolean): [rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2);
  if (rows === undefined || columns === undefined) {
    throw new RangeError(`matMul of a tensor [${shape.join(', ')}]; expected two axes or more`);
  }
  return transposed ? [columns, rows] : [rows, columns];
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

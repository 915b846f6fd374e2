import { tf } from '../../tf.js';
import { type CpuKernel, type KernelCall, newValues, numericInput, stridesOf, valuesOf } from './kernel.js';
import { copyView } from './view.js';

/** Computes `out`; a step is 0 for an operand that is one number, else 1. */
type Arithmetic = (
  a: ArrayLike<number>,
  aStep: number,
  b: ArrayLike<number>,
  bStep: number,
  out: Float32Array,
) => void;

/** Each has a loop of its own, since V8 makes one loop that is shared by several operations slow. */
const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  Add: (a, aStep, b, bStep, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i * aStep] as number) + (b[i * bStep] as number);
  },
  Sub: (a, aStep, b, bStep, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i * aStep] as number) - (b[i * bStep] as number);
  },
  Multiply: (a, aStep, b, bStep, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i * aStep] as number) * (b[i * bStep] as number);
  },
  RealDiv: (a, aStep, b, bStep, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i * aStep] as number) / (b[i * bStep] as number);
  },
};

/** Other kernels of two operands: tfjs computes them, from operands of one shape. */
const OTHERS = [
  'Atan2',
  'Equal',
  'FloorDiv',
  'Greater',
  'GreaterEqual',
  'Less',
  'LessEqual',
  'LogicalAnd',
  'LogicalOr',
  'Maximum',
  'Minimum',
  'Mod',
  'NotEqual',
  'Pow',
  'Prelu',
  'SquaredDifference',
];

/** tfjs computes the position of each element anew where shapes differ. Here the operands are repeated first. */
export const BINARY: Readonly<Record<string, CpuKernel>> = {
  ...Object.fromEntries(
    Object.entries(ARITHMETIC).map(([name, compute]) => [name, (call) => binary(call, 'a', 'b', compute)]),
  ),
  ...Object.fromEntries(
    OTHERS.map((name) => {
      const [first, second] = name === 'Prelu' ? ['x', 'alpha'] : ['a', 'b'];
      return [name, (call: KernelCall) => binary(call, first, second)];
    }),
  ),
};

function binary(
  call: KernelCall,
  first: string,
  second: string,
  compute?: Arithmetic,
): tf.TensorInfo | undefined {
  const a = numericInput(call, first);
  const b = numericInput(call, second);
  if (a === undefined || b === undefined) return undefined;
  const arithmetic = a.dtype === 'float32' && b.dtype === 'float32' ? compute : undefined;
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const fits = ({ shape: own }: tf.TensorInfo): boolean => own.length === 0 || sameShape(own, shape);
  if (fits(a) && fits(b)) return arithmetic && computed(call, a, b, shape, arithmetic);
  const operands = [a, b].map((one) => (fits(one) ? one : repeated(call, one, shape)));
  const [left, right] = operands as [tf.TensorInfo, tf.TensorInfo];
  const result = arithmetic
    ? computed(call, left, right, shape, arithmetic)
    : call.original({ [first]: left, [second]: right });
  if (left !== a) call.backend.disposeIntermediateTensorInfo(left);
  if (right !== b) call.backend.disposeIntermediateTensorInfo(right);
  return result;
}

function computed(
  call: KernelCall,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  shape: readonly number[],
  compute: Arithmetic,
): tf.TensorInfo {
  const out = new Float32Array(tf.util.sizeFromShape([...shape]));
  const step = (operand: tf.TensorInfo): number => (operand.shape.length === 0 ? 0 : 1);
  compute(valuesOf(call, a), step(a), valuesOf(call, b), step(b), out);
  return call.backend.makeTensorInfo(shape, 'float32', out);
}

/** An operand in the shape of the result. */
function repeated(call: KernelCall, operand: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  const own = stridesOf(operand.shape);
  const missing = shape.length - operand.shape.length;
  const strides = shape.map((_, axis) =>
    axis < missing || operand.shape[axis - missing] === 1 ? 0 : (own[axis - missing] as number),
  );
  const target = newValues(operand.dtype, tf.util.sizeFromShape([...shape]));
  copyView(valuesOf(call, operand), { shape, strides }, target);
  return call.backend.makeTensorInfo(shape, operand.dtype, target);
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

import { cast, predicate, unary } from '../ops/elementwise.js';
import { kernel, type Kernel } from './kernel.js';

/** tfjs kernels that are one ONNX operator on floats; an int32 or bool input is cast first. */
const FLOAT = {
  Exp: 'Exp',
  Log: 'Log',
  Sqrt: 'Sqrt',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Erf: 'Erf',
  Reciprocal: 'Reciprocal',
} as const;

/** tfjs kernels that are one ONNX operator and keep the type. */
const SAME_TYPE = {
  Abs: 'Abs',
  Neg: 'Neg',
  Sign: 'Sign',
  Relu: 'Relu',
  LogicalNot: 'Not',
} as const;

const PREDICATES = { IsNan: 'IsNaN', IsInf: 'IsInf' } as const;

function table(
  rows: Readonly<Record<string, string>>,
  record: (op: string) => Kernel,
): Record<string, Kernel> {
  return Object.fromEntries(Object.entries(rows).map(([name, op]) => [name, record(op)]));
}

export const UNARY: Record<string, Kernel> = {
  ...table(FLOAT, (op) => kernel<'x'>(({ x }) => unary(op, cast(x, 'float32')))),
  ...table(SAME_TYPE, (op) => kernel<'x'>(({ x }) => unary(op, x))),
  ...table(PREDICATES, (op) => kernel<'x'>(({ x }) => predicate(op, cast(x, 'float32')))),
};

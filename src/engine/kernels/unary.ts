import type { ClipByValueAttrs, LeakyReluAttrs, StepAttrs } from '@tensorflow/tfjs';
import type { Value } from '../graph.js';
import { clip, elu, isNegative, leakyRelu, relu, relu6, selu } from '../ops/activations.js';
import { scalar } from '../ops/constants.js';
import { convert, isFinite, numeric } from '../ops/convert.js';
import { add, cast, compare, div, mul, predicate, unary, where } from '../ops/elementwise.js';
import { expm1, log1p, sigmoid } from '../ops/exponentials.js';
import { kernel, type Kernel } from './kernel.js';

type Formula = (x: Value) => Value;

/** One ONNX operator. */
const op =
  (name: string): Formula =>
  (x) =>
    unary(name, x);

/** An int is already whole. */
const toWhole =
  (name: string): Formula =>
  (x) =>
    x.type === 'float32' ? unary(name, x) : x;

/** Computed in float32. For an int32 input tfjs makes an int32 tensor. */
const REAL = {
  Acos: op('Acos'),
  Acosh: op('Acosh'),
  Asin: op('Asin'),
  Asinh: op('Asinh'),
  Atan: op('Atan'),
  Atanh: op('Atanh'),
  Cos: op('Cos'),
  Cosh: op('Cosh'),
  Elu: elu,
  Erf: op('Erf'),
  Expm1: expm1,
  Log: op('Log'),
  Log1p: log1p,
  Reciprocal: op('Reciprocal'),
  Rsqrt: (x) => unary('Reciprocal', unary('Sqrt', x)),
  Selu: selu,
  Sigmoid: sigmoid,
  Sin: op('Sin'),
  Sinh: op('Sinh'),
  Softplus: op('Softplus'),
  Sqrt: op('Sqrt'),
  Tan: tangent,
  Tanh: op('Tanh'),
} as const satisfies Record<string, Formula>;

/** Computed in the type of the input; bool as int32. */
const OF_ANY_TYPE = {
  Abs: op('Abs'),
  Ceil: toWhole('Ceil'),
  Floor: toWhole('Floor'),
  Neg: op('Neg'),
  Relu: relu,
  Relu6: relu6,
  Round: toWhole('Round'),
  // ONNX defines sign(NaN) as NaN; tfjs and PyTorch define it as 0.
  Sign: (x) =>
    x.type === 'float32' ? where(isNan(x), scalar(0, x.type), unary('Sign', x)) : unary('Sign', x),
  Square: (x) => mul(x, x),
} as const satisfies Record<string, Formula>;

const isNan: Formula = (x) => predicate('IsNaN', x);

const PREDICATES = {
  IsFinite: isFinite,
  IsInf: (x) => predicate('IsInf', x),
  IsNan: isNan,
} as const satisfies Record<string, Formula>;

/** sin / cos in float64, rounded once: near a pole, one unit in the last place is a large difference. */
function tangent(x: Value): Value {
  const angle = cast(x, 'float64');
  return cast(div(unary('Sin', angle), unary('Cos', angle)), x.type);
}

/** 1 above zero, alpha elsewhere, NaN for NaN. */
function step(x: Value, alpha: number): Value {
  // The gradient of relu is dy * step(x). This form takes two cheap operators, the general one four and two selections.
  if (alpha === 0) return unary('Relu', unary('Sign', x));
  const [one, other] = [scalar(1, x.type), scalar(alpha, x.type)];
  const atMost = x.type === 'float32' ? where(isNan(x), x, other) : other;
  return where(compare('Greater', x, scalar(0, x.type)), one, atMost);
}

const inReals = (formula: Formula): Kernel =>
  kernel<'x'>(({ x }) => convert(formula(cast(x, 'float32')), x.type));

const inItsType = (x: Value, formula: Formula): Value => cast(formula(numeric(x)), x.type);

function table(
  rows: Readonly<Record<string, Formula>>,
  record: (formula: Formula) => Kernel,
): Record<string, Kernel> {
  return Object.fromEntries(Object.entries(rows).map(([name, formula]) => [name, record(formula)]));
}

export const UNARY: Record<string, Kernel> = {
  ...table(REAL, inReals),
  ...table(OF_ANY_TYPE, (formula) => kernel<'x'>(({ x }) => inItsType(x, formula))),
  ...table(PREDICATES, (formula) => kernel<'x'>(({ x }) => formula(cast(x, 'float32')))),
  Exp: kernel<'x'>(({ x }) => unary('Exp', cast(x, 'float32'))),
  LogicalNot: kernel<'x'>(({ x }) => unary('Not', cast(x, 'bool'))),
  ClipByValue: kernel<'x', ClipByValueAttrs>(({ x }, { clipValueMin, clipValueMax }) =>
    inItsType(x, (number) => clip(number, clipValueMin, clipValueMax)),
  ),
  LeakyRelu: kernel<'x', LeakyReluAttrs>(({ x }, { alpha }) => leakyRelu(cast(x, 'float32'), alpha)),
  Step: kernel<'x', StepAttrs>(({ x }, { alpha }) => inItsType(x, (number) => step(number, alpha))),
  EluGrad: kernel<'dy' | 'y'>(({ dy, y }) => where(isNegative(y), mul(dy, add(y, scalar(1, 'float32'))), dy)),
};

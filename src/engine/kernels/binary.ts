import type { ElementType } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import { prelu } from '../ops/activations.js';
import { atan2 } from '../ops/atan2.js';
import { scalar } from '../ops/constants.js';
import { commonType, convert } from '../ops/convert.js';
import { add, binary, cast, compare, div, mul, sub, unary, where } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { reshape } from '../ops/layout.js';
import { broadcastShape } from '../ops/shapes.js';
import { sum } from '../ops/sum.js';
import { kernel, type Kernel, listed } from './kernel.js';

type Formula = (a: Value, b: Value) => Value;

const op =
  (name: string): Formula =>
  (a, b) =>
    binary(name, a, b);

/** Computed in the type of the inputs; bool as int32. */
const ARITHMETIC = {
  Add: sum,
  Sub: sub,
  Multiply: mul,
  Maximum: op('Max'),
  Minimum: op('Min'),
  Pow: op('Pow'),
  BitwiseAnd: op('BitwiseAnd'),
  SquaredDifference: (a, b) => {
    const difference = sub(a, b);
    return mul(difference, difference);
  },
} as const satisfies Record<string, Formula>;

/** Computed in float32. For int32 inputs tfjs makes an int32 tensor. */
const REAL = { Atan2: atan2, RealDiv: div } as const satisfies Record<string, Formula>;

const COMPARISONS = {
  Equal: 'Equal',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
} as const;

const LOGICAL = { LogicalAnd: 'And', LogicalOr: 'Or', LogicalXor: 'Xor' } as const;

/** The remainder of a / b with the sign of b. */
function modulo(a: Value, b: Value): Value {
  const zero = scalar(0, a.type);
  const rest = remainder(a, b);
  const opposite = compare('Xor', compare('Less', rest, zero), compare('Less', b, zero));
  const some = unary('Not', compare('Equal', rest, zero));
  return where(compare('And', opposite, some), add(rest, b), rest);
}

/** The remainder of a / b with the sign of a. */
export function remainder(a: Value, b: Value): Value {
  const shape = broadcastShape(a.shape, b.shape);
  return emit('Mod', [a, b], { type: a.type, shape }, { attributes: { fmod: { int: 1 } } });
}

type Pair = Readonly<Record<'a' | 'b', Value>>;

/** Applies the formula to both inputs in the type `working`, or in their common type if it is not given. */
function inCommon({ a, b }: Pair, formula: Formula, working?: ElementType): Value {
  const type = commonType([a, b]);
  const computing = working ?? (type === 'bool' ? 'int32' : type);
  return convert(formula(cast(a, computing), cast(b, computing)), type);
}

/** float64 for integers: it holds every int32 and may be divided by zero. */
const dividing = ({ a, b }: Pair): ElementType => (commonType([a, b]) === 'float32' ? 'float32' : 'float64');

/** t where the condition holds, e elsewhere. A condition of rank 1 selects whole rows. */
function select(condition: Value, t: Value, e: Value): Value {
  const type = commonType([t, e]);
  const aligned =
    condition.shape.length === 1
      ? reshape(condition, [...condition.shape, ...t.shape.slice(1).map(() => 1)])
      : condition;
  return where(cast(aligned, 'bool'), cast(t, type), cast(e, type));
}

function table<Row>(
  rows: Readonly<Record<string, Row>>,
  record: (inputs: Pair, row: Row) => Value,
): Record<string, Kernel> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, kernel<'a' | 'b'>((inputs) => record(inputs, row))]),
  );
}

export const BINARY: Record<string, Kernel> = {
  ...table<Formula>(ARITHMETIC, inCommon),
  ...table<Formula>(REAL, (inputs, formula) => inCommon(inputs, formula, 'float32')),
  ...table(COMPARISONS, ({ a, b }, name) => comparison(name, a, b)),
  ...table(LOGICAL, ({ a, b }, name) => compare(name, cast(a, 'bool'), cast(b, 'bool'))),
  NotEqual: kernel<'a' | 'b'>(({ a, b }) => unary('Not', comparison('Equal', a, b))),
  Mod: kernel<'a' | 'b'>((inputs) => inCommon(inputs, modulo, dividing(inputs))),
  FloorDiv: kernel<'a' | 'b'>(({ a, b }) =>
    convert(unary('Floor', div(cast(a, 'float64'), cast(b, 'float64'))), 'int32'),
  ),
  AddN: (inputs) => listed(inputs).reduce((total, value) => inCommon({ a: total, b: value }, sum)),
  Prelu: kernel<'x' | 'alpha'>(({ x, alpha }) => prelu(cast(x, 'float32'), cast(alpha, 'float32'))),
  Select: kernel<'condition' | 't' | 'e'>(({ condition, t, e }) => select(condition, t, e)),
};

function comparison(name: string, a: Value, b: Value): Value {
  const type = commonType([a, b]);
  const comparing = type === 'bool' ? 'int32' : type;
  return compare(name, cast(a, comparing), cast(b, comparing));
}

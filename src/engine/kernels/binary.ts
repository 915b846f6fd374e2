import type { Value } from '../graph.js';
import { scalar } from '../ops/constants.js';
import { commonType, convert, numeric } from '../ops/convert.js';
import { add, binary, cast, compare, div, mul, sub, unary, where } from '../ops/elementwise.js';
import { atan2 } from '../ops/atan2.js';
import { reshape } from '../ops/layout.js';
import { kernel, type Kernel, listed } from './kernel.js';

type Formula = (a: Value, b: Value) => Value;

const op =
  (name: string): Formula =>
  (a, b) =>
    binary(name, a, b);

/** Computed in the type of the inputs, bool as int32. */
const ARITHMETIC = {
  Add: add,
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

/** Computed with fractions: in float64 of int32, which holds every int and does not stop at a zero divisor. */
const WITH_FRACTIONS = {
  Atan2: atan2,
  Mod: modulo,
  RealDiv: div,
} as const satisfies Record<string, Formula>;

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
  const shape = { attributes: { fmod: { int: 1 } } };
  const rest = binary('Mod', a, b, a.type, shape);
  const opposite = compare('Xor', compare('Less', rest, zero), compare('Less', b, zero));
  const some = unary('Not', compare('Equal', rest, zero));
  return where(compare('And', opposite, some), add(rest, b), rest);
}

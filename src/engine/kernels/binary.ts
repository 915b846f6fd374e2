import { scalar } from '../ops/constants.js';
import { add, binary, cast, compare, mul, where } from '../ops/elementwise.js';
import { kernel, type Kernel } from './kernel.js';

const ARITHMETIC = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
} as const;

const COMPARISONS = {
  Equal: 'Equal',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
} as const;

const LOGICAL = { LogicalAnd: 'And', LogicalOr: 'Or' } as const;

function table(
  rows: Readonly<Record<string, string>>,
  record: (op: string) => Kernel,
): Record<string, Kernel> {
  return Object.fromEntries(Object.entries(rows).map(([name, op]) => [name, record(op)]));
}

export const BINARY: Record<string, Kernel> = {
  ...table(ARITHMETIC, (op) => kernel<'a' | 'b'>(({ a, b }) => binary(op, a, b))),
  ...table(COMPARISONS, (op) => kernel<'a' | 'b'>(({ a, b }) => compare(op, a, b))),
  ...table(LOGICAL, (op) => kernel<'a' | 'b'>(({ a, b }) => compare(op, a, b))),
  SquaredDifference: kernel<'a' | 'b'>(({ a, b }) => {
    const difference = binary('Sub', a, b);
    return mul(difference, difference);
  }),
  Select: kernel<'condition' | 't' | 'e'>(({ condition, t, e }) => where(cast(condition, 'bool'), t, e)),
  Step: kernel<'x', { alpha: number }>(({ x }, { alpha }) =>
    add(cast(compare('Greater', x, scalar(0, x.type)), 'float32'), scalar(alpha, 'float32')),
  ),
};

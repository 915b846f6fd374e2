import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantOf, describeExpression, evaluate, fitExpression, type Sizes } from './expression.js';

const SIZES: readonly Sizes[] = [
  { batch: 11, length: 19 },
  { batch: 13, length: 23 },
  { batch: 17, length: 29 },
];

const fit = (formula: (sizes: Sizes) => number): ReturnType<typeof fitExpression> =>
  fitExpression(SIZES.map(formula), SIZES);

const b = ({ batch = 0 }: Sizes): number => batch;
const l = ({ length = 0 }: Sizes): number => length;

describe('fitExpression', () => {
  it.each<[string, (sizes: Sizes) => number]>([
    ['5', () => 5],
    ['-1', () => -1],
    ['batch', b],
    ['length-1', (s) => l(s) - 1],
    ['3*length+2', (s) => 3 * l(s) + 2],
    ['-batch', (s) => -b(s)],
    ['batch*length', (s) => b(s) * l(s)],
    ['batch*batch', (s) => b(s) ** 2],
    ['2*batch*length', (s) => 2 * b(s) * l(s)],
    ['length+batch', (s) => b(s) + l(s)],
    ['batch*length-batch', (s) => b(s) * (l(s) - 1)],
    ['batch*batch-batch', (s) => b(s) * (b(s) - 1)],
  ])('finds %s', (text, formula) => {
    const found = fit(formula);
    expect(found && describeExpression(found)).toBe(text);
  });

  it('finds one over a size, and what is near it, though rounded to float32', () => {
    const cases: ((sizes: Sizes) => number)[] = [
      (s) => 1 / l(s),
      (s) => 1 / (b(s) * (l(s) - 1)),
      (s) => 3 / b(s),
      (s) => 0.5 * l(s),
      (s) => -0.3 * b(s) * l(s),
    ];
    for (const formula of cases) {
      const found = fit((sizes) => Math.fround(formula(sizes)));
      const elsewhere = { batch: 4, length: 7 };
      expect(found && Math.fround(evaluate(found, elsewhere))).toBeCloseTo(formula(elsewhere), 5);
    }
  });

  it('finds nothing for another dependence', () => {
    const irregular: ((sizes: Sizes) => number)[] = [
      (s) => l(s) ** 4,
      (s) => Math.floor(l(s) / 2),
      (s) => Math.sqrt(l(s)),
      (s) => 1 / Math.sqrt(l(s)),
      (s) => Math.log2(b(s)),
      (s) => Math.max(0, 13 - b(s)),
    ];
    expect(irregular.map((formula) => fit(formula))).toEqual(irregular.map(() => undefined));
  });

  it('knows a number from an expression', () => {
    expect([fit(() => -0), fit(() => 7), fit(b)].map((found) => found && constantOf(found))).toEqual([
      -0,
      7,
      undefined,
    ]);
  });

  it('finds no expression for arbitrary numbers', () => {
    const three = fc.tuple(
      fc.integer({ min: 2, max: 9999 }),
      fc.integer({ min: 2, max: 9999 }),
      fc.integer({ min: 2, max: 9999 }),
    );
    const values = fc.sample(three, { numRuns: 2000, seed: 5 });
    const accidents = values.filter(
      (one) => new Set(one).size === 3 && fitExpression(one, SIZES) !== undefined,
    );
    expect(accidents).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { MOST_SIZES } from '../../datasets/common-length.js';
import { InputError } from '../../errors.js';
import { evaluate, fitExpression, type Sizes } from './expression.js';
import { TRIAL_SIZES, trialSizes } from './trial-sizes.js';

const NAMES = TRIAL_SIZES[0].map((_, index) => `d${index}`);
/** Sizes that occur in no recording and have no common factor. */
const ELSEWHERE: Sizes = Object.fromEntries(NAMES.map((name, index) => [name, 101 + 13 * index ** 2]));

type Formula = (sizes: Sizes) => number;

/** Every product of one to `most` of the dimensions. */
function products(most: number): string[][] {
  let longest: string[][] = [[]];
  return Array.from({ length: most }, () => {
    longest = longest.flatMap((shorter) =>
      NAMES.filter((name) => name >= (shorter.at(-1) ?? '')).map((name) => [...shorter, name]),
    );
    return longest;
  }).flat();
}

const valueOf = (product: readonly string[], sizes: Sizes): number =>
  product.reduce((value, name) => value * (sizes[name] ?? NaN), 1);

/** Typical formulas: a multiple of a product plus a number, and sums and differences of two products. */
function formulas(): Formula[] {
  const scaled = products(3).flatMap((product) =>
    [
      [1, 0],
      [1, -1],
      [2, 1],
      [12, 0],
    ].map(
      ([factor = 0, number = 0]): Formula =>
        (sizes) =>
          factor * valueOf(product, sizes) + number,
    ),
  );
  const short = products(2);
  const paired = short.flatMap((one, at) =>
    short
      .slice(at + 1)
      .flatMap((other): Formula[] => [
        (sizes) => valueOf(one, sizes) + valueOf(other, sizes),
        (sizes) => valueOf(one, sizes) - valueOf(other, sizes),
      ]),
  );
  return [...scaled, ...paired];
}

describe('the sizes at which functions are recorded', () => {
  it.each([0, 1])('tell apart all expressions that a program holds (choice %i)', (choice) => {
    const sizes = trialSizes([NAMES])[choice] ?? [];
    const mistaken = formulas().filter((formula) => {
      const found = fitExpression(sizes.map(formula), sizes);
      return found === undefined || evaluate(found, ELSEWHERE) !== formula(ELSEWHERE);
    });
    expect(mistaken).toHaveLength(0);
  });

  it('are for a limited number of names, however often each is used', () => {
    expect(trialSizes([NAMES, NAMES])).toHaveLength(TRIAL_SIZES.length);
    expect(() => trialSizes([[...NAMES, 'more']])).toThrow(InputError);
    expect(() => trialSizes([[...NAMES, 'more']])).toThrow(/dimensions has 8 names .* at most 7/);
  });
});

it('can tell as many sizes apart as batches of columns may have', () => {
  expect(MOST_SIZES).toBe(TRIAL_SIZES[0].length);
});

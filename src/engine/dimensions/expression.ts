/** Sizes of named dimensions in one recording. */
export type Sizes = Readonly<Record<string, number>>;

/** A number times a product of dimensions; without dimensions, the number itself. */
export interface Term {
  readonly factor: number;
  readonly dimensions: readonly string[];
}

/** The sum of the terms, or a number divided by that sum. */
export interface Expression {
  readonly terms: readonly Term[];
  readonly numerator: number | undefined;
}

/**
 * The expression in the dimensions that gives `values[i]` at `sizes[i]`, or undefined. Two recordings determine it, and
 * the others have to agree: if the sizes share no factor, three recordings do not agree by accident.
 */
export function fitExpression(values: readonly number[], sizes: readonly Sizes[]): Expression | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  if (values.every((value) => Object.is(value, first))) return sum([{ factor: first, dimensions: [] }]);
  const monomials = products(Object.keys(sizes[0] ?? {}));
  if (values.every(Number.isInteger)) return fitSum(values, sizes, monomials);
  const denominators = values.map(wholeInverse);
  const denominator = denominators.every((each) => each !== undefined)
    ? fitSum(denominators, sizes, monomials)
    : undefined;
  return denominator ? { ...denominator, numerator: 1 } : fitProportion(values, sizes, monomials);
}

export function evaluate({ terms, numerator }: Expression, sizes: Sizes): number {
  const total = terms.reduce(
    (value, { factor, dimensions }) => value + factor * productOf(dimensions, sizes),
    0,
  );
  return numerator === undefined ? total : numerator / total;
}

/** The value of an expression without dimensions; undefined if it has any. */
export function constantOf({ terms }: Expression): number | undefined {
  const [term] = terms;
  return terms.length === 1 && term?.dimensions.length === 0 ? term.factor : undefined;
}

/** The expression as ONNX writes a dimension of a shape: a name, or arithmetic with names. */
export function describeExpression({ terms }: Expression): string {
  return terms
    .map(({ factor, dimensions }, index) => {
      const size = Math.abs(factor);
      const product = [...(size === 1 && dimensions.length > 0 ? [] : [String(size)]), ...dimensions].join(
        '*',
      );
      if (factor < 0) return `-${product}`;
      return index === 0 ? product : `+${product}`;
    })
    .join('');
}

const sum = (terms: readonly Term[]): Expression => ({ terms, numerator: undefined });

const productOf = (dimensions: readonly string[], sizes: Sizes): number =>
  dimensions.reduce((product, name) => product * (sizes[name] ?? Number.NaN), 1);

/** A product plus a number, or two products, with whole factors. */
function fitSum(
  values: readonly number[],
  sizes: readonly Sizes[],
  monomials: readonly string[][],
): Expression | undefined {
  const pairs = [
    ...monomials.map((monomial) => [monomial, []] as const),
    ...monomials.flatMap((left, at) => monomials.slice(at + 1).map((right) => [right, left] as const)),
  ];
  for (const [left, right] of pairs) {
    const factors = solve(values, sizes, left, right);
    if (factors === undefined || !factors.every(Number.isSafeInteger)) continue;
    const terms = [
      { factor: factors[0], dimensions: left },
      { factor: factors[1], dimensions: right },
    ].filter(({ factor }) => factor !== 0);
    if (values.every((value, at) => value === evaluate(sum(terms), sizes[at] ?? {}))) return sum(terms);
  }
  return undefined;
}

/** The factors of two products that give the first two values. */
function solve(
  [first = NaN, second = NaN]: readonly number[],
  [one = {}, two = {}]: readonly Sizes[],
  left: readonly string[],
  right: readonly string[],
): [number, number] | undefined {
  const [a, b] = [productOf(left, one), productOf(right, one)];
  const [c, d] = [productOf(left, two), productOf(right, two)];
  const determinant = a * d - b * c;
  if (determinant === 0) return undefined;
  return [(first * d - second * b) / determinant, (a * second - c * first) / determinant];
}

/** A factor that is not whole, times a product or divided by it. */
function fitProportion(
  values: readonly number[],
  sizes: readonly Sizes[],
  monomials: readonly string[][],
): Expression | undefined {
  const [first = NaN] = values;
  for (const dimensions of monomials) {
    const at = productOf(dimensions, sizes[0] ?? {});
    const candidates = [
      sum([{ factor: first / at, dimensions }]),
      { terms: [{ factor: 1, dimensions }], numerator: nearestWhole(first * at) },
    ];
    const found = candidates.find((candidate) =>
      values.every((value, index) => close(value, evaluate(candidate, sizes[index] ?? {}))),
    );
    if (found) return found;
  }
  return undefined;
}

/** A program may have rounded its scalars to float32. */
const ROUNDING = 2 ** -22;

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= ROUNDING * Math.abs(b);
}

function nearestWhole(number: number): number {
  const whole = Math.round(number);
  return close(number, whole) ? whole : number;
}

/** The whole number whose reciprocal this is; undefined if there is none. */
function wholeInverse(number: number): number | undefined {
  const inverse = nearestWhole(1 / number);
  return Number.isSafeInteger(inverse) ? inverse : undefined;
}

/** Every product of up to three dimensions, squares included, short ones first. */
function products(names: readonly string[]): string[][] {
  const single = names.map((name) => [name]);
  const extend = (shorter: readonly string[][]): string[][] =>
    shorter.flatMap((product) =>
      names.slice(names.indexOf(product.at(-1) ?? '')).map((name) => [...product, name]),
    );
  const double = extend(single);
  return [...single, ...double, ...extend(double)];
}

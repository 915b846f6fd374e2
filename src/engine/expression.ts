/** Sizes of named dimensions in one recording. */
export type Sizes = Readonly<Record<string, number>>;

/** factor * product of dimensions + offset, or with `inverse` factor / product. */
export interface Expression {
  readonly factor: number;
  readonly dimensions: readonly string[];
  readonly offset: number;
  readonly inverse: boolean;
}

/**
 * The expression in the dimensions that gives `values[i]` at `sizes[i]`, or undefined. Two recordings determine
 * it, the others have to agree: with sizes that share no factor, an accidental fit of three is out of the question.
 */
export function fitExpression(values: readonly number[], sizes: readonly Sizes[]): Expression | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  if (values.every((value) => Object.is(value, first))) {
    return { factor: 0, dimensions: [], offset: first, inverse: false };
  }
  for (const dimensions of products(Object.keys(sizes[0] ?? {}))) {
    for (const inverse of [false, true]) {
      const expression = fit(values, sizes, dimensions, inverse);
      if (expression && values.every((value, at) => close(value, evaluate(expression, sizes[at] ?? {})))) {
        return expression;
      }
    }
  }
  return undefined;
}

export function evaluate({ factor, dimensions, offset, inverse }: Expression, sizes: Sizes): number {
  const product = dimensions.reduce((sum, name) => sum * (sizes[name] ?? Number.NaN), 1);
  return inverse ? factor / product : factor * product + offset;
}

export function isConstant({ dimensions }: Expression): boolean {
  return dimensions.length === 0;
}

/** As a dimension of a shape is written: a name, or arithmetic with names. */
export function describeExpression({ factor, dimensions, offset }: Expression): string {
  const product = [...(factor === 1 ? [] : [String(factor)]), ...dimensions].join('*');
  return offset === 0 ? product : `${product}${offset < 0 ? '-' : '+'}${Math.abs(offset)}`;
}

function fit(
  values: readonly number[],
  sizes: readonly Sizes[],
  dimensions: readonly string[],
  inverse: boolean,
): Expression | undefined {
  const [a, b] = sizes.map((size) => dimensions.reduce((product, name) => product * (size[name] ?? 0), 1));
  const [va, vb] = values;
  if (a === undefined || b === undefined || va === undefined || vb === undefined || a === b) return undefined;
  if (inverse) return { factor: va * a, dimensions, offset: 0, inverse };
  const factor = (va - vb) / (a - b);
  const whole = Math.round(factor);
  if (!close(factor, whole) || whole === 0) return undefined;
  return { factor: whole, dimensions, offset: va - whole * a, inverse };
}

/** Scalars of a program may have been rounded to float32. */
const ROUNDING = 2 ** -22;

function close(a: number, b: number): boolean {
  return Number.isInteger(a) ? a === b : Math.abs(a - b) <= ROUNDING * Math.abs(b);
}

/** Every product of up to three of the dimensions, squares among them, short ones first. */
function products(names: readonly string[]): string[][] {
  const single = names.map((name) => [name]);
  const extend = (shorter: readonly string[][]): string[][] =>
    shorter.flatMap((product) =>
      names.filter((name) => name >= (product.at(-1) ?? '')).map((name) => [...product, name]),
    );
  const double = extend(single);
  return [...single, ...double, ...extend(double)];
}

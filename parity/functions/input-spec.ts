import type { Dtype } from '../../src/python/exchange.js';
import type { tf } from '../../src/tf.js';

/** The size of an axis: fixed, from a range, of a named dimension of the target, or of another input's axis. */
export type Size =
  | number
  | readonly [least: number, most: number]
  | string
  | { readonly sizeOf: string; readonly axis: number };

/** What the numbers of a tensor have to look like. */
export interface TensorRules {
  /** Default: float32. */
  readonly dtype?: Dtype;
  /** The least number. Default: -4 for floats, 0 for integers. */
  readonly min?: number;
  /** The largest number. Default: 4 for floats, 9 for integers. */
  readonly max?: number;
  /**
   * The structure of the numbers along the last axis: `one-hot`, `probabilities` (not negative, sum 1) and `sorted`
   * (ascending) hold for each row; `symmetric` for the last two axes, which have one size.
   */
  readonly structure?: 'one-hot' | 'probabilities' | 'sorted' | 'symmetric';
  /** How many numbers of a row are not zero. Default: any. */
  readonly active?: readonly [least: number, most: number];
  /** Values at which the function has a kink or a jump. Cases put numbers on them and on both their neighbours. */
  readonly kinks?: readonly number[];
}

/** The form of an input. */
export type SpecNode =
  | ({ readonly kind: 'tensor'; readonly shape: readonly Size[] } & TensorRules)
  | { readonly kind: 'same-as'; readonly input: string }
  | {
      readonly kind: 'number';
      readonly min: number;
      readonly max: number;
      readonly integer: boolean;
    }
  | { readonly kind: 'choice'; readonly values: readonly (string | number | boolean | null)[] }
  | { readonly kind: 'text'; readonly most: number }
  | { readonly kind: 'list'; readonly item: SpecNode; readonly length: readonly [number, number] }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, SpecNode>> };

declare const drawn: unique symbol;

/** How to draw an input; `T` is what the function under test receives. */
export interface InputSpec<T = unknown> {
  readonly node: SpecNode;
  readonly [drawn]?: T;
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;

/** What the function under test receives for a record of inputs. */
export type Drawn<Inputs extends InputSpecs> = {
  readonly [Name in keyof Inputs]: Inputs[Name] extends InputSpec<infer T> ? T : never;
};

/**
 * A tensor of any rank.
 *
 * @example
 *   tensor({ shape: ['batch', [1, 8], 3], min: 0, max: 1 });
 */
export const tensor = <T extends tf.Tensor = tf.Tensor>({
  shape,
  ...rules
}: TensorRules & { readonly shape: readonly Size[] }): InputSpec<T> => ({
  node: { kind: 'tensor', shape, ...rules },
});

/** A tensor [rows, columns]. */
export const matrix = ({
  rows,
  columns,
  ...rules
}: TensorRules & { readonly rows: Size; readonly columns: Size }): InputSpec<tf.Tensor2D> => ({
  node: { kind: 'tensor', shape: [rows, columns], ...rules },
});

/** A tensor [length]. */
export const vector = ({
  length,
  ...rules
}: TensorRules & { readonly length: Size }): InputSpec<tf.Tensor1D> => ({
  node: { kind: 'tensor', shape: [length], ...rules },
});

/** Another tensor with the shape and the rules of an input, and with numbers of its own. */
export const sameAs = <T extends tf.Tensor = tf.Tensor>(input: string): InputSpec<T> => ({
  node: { kind: 'same-as', input },
});

/** A plain number. Python receives a float. */
export const scalar = ({ min, max }: { readonly min: number; readonly max: number }): InputSpec<number> => ({
  node: { kind: 'number', min, max, integer: false },
});

/** A plain whole number. Python receives an int. */
export const integer = ({ min, max }: { readonly min: number; readonly max: number }): InputSpec<number> => ({
  node: { kind: 'number', min, max, integer: true },
});

/** One of some values. */
export const choice = <const T extends string | number | boolean | null>(
  ...values: readonly T[]
): InputSpec<T> => ({
  node: { kind: 'choice', values },
});

/** A text of at most `most` letters of several scripts. Default: 12. */
export const text = ({ most = 12 }: { readonly most?: number } = {}): InputSpec<string> => ({
  node: { kind: 'text', most },
});

/** An array of values of one form. */
export const list = <T>(
  item: InputSpec<T>,
  { length }: { readonly length: readonly [least: number, most: number] },
): InputSpec<readonly T[]> => ({ node: { kind: 'list', item: item.node, length } });

/** An object. Python receives a dict with the same keys. */
export const record = <const Fields extends InputSpecs>(fields: Fields): InputSpec<Drawn<Fields>> => ({
  node: {
    kind: 'record',
    fields: Object.fromEntries(Object.entries(fields).map(([name, { node }]) => [name, node])),
  },
});

/** The size of an axis of another input. */
export const sizeOf = (input: string, axis: number): Size => ({ sizeOf: input, axis });

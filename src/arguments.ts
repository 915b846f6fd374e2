import type * as tf from '@tensorflow/tfjs';
import { describe } from './describe.js';
import { InputError } from './errors.js';
import { isTensor } from './is-tensor.js';

/** What an argument may be. The rules of `options.ts` work here, too. */
export interface ArgumentRule {
  readonly expects: string;
  readonly accepts: (value: unknown) => boolean;
}

/**
 * Checks the arguments of a public function, constructor or method, which JavaScript may call with anything.
 *
 * @param owner the name of the function, class or method
 * @param rules one rule for each argument to check, by name
 * @param values the arguments by name
 * @throws InputError that names the owner, the argument, its value and the expected values
 */
export function checkArguments<Name extends string>(
  owner: string,
  rules: Readonly<Record<Name, ArgumentRule>>,
  values: Readonly<Record<Name, unknown>>,
): void {
  for (const [name, { expects, accepts }] of Object.entries<ArgumentRule>(rules)) {
    const value = values[name as Name];
    if (!accepts(value)) throw new InputError(`${owner}: ${name} is ${told(value)}; expected ${expects}`);
  }
}

/** The argument may be undefined. */
export function optional({ expects, accepts }: ArgumentRule): ArgumentRule {
  return { expects, accepts: (value) => value === undefined || accepts(value) };
}

export function listOf(expects: string, accepts: (item: unknown) => boolean): ArgumentRule {
  // `every` skips holes in an array, while a loop sees undefined.
  return { expects, accepts: (value) => Array.isArray(value) && Array.from(value).every(accepts) };
}

/** An instance of a class, however it was made. */
export function instanceOf(
  kind: { readonly [Symbol.hasInstance]: (value: unknown) => boolean },
  expects: string,
): ArgumentRule {
  return { expects, accepts: (value) => kind[Symbol.hasInstance](value) };
}

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

export const anObject = (expects: string): ArgumentRule => ({ expects, accepts: isObject });

/** An object with methods of these names. */
export function objectWith(methods: readonly string[], expects: string): ArgumentRule {
  const has = (value: object, name: string): boolean =>
    typeof (value as Readonly<Record<string, unknown>>)[name] === 'function';
  return { expects, accepts: (value) => isObject(value) && methods.every((name) => has(value, name)) };
}

export const aCall: ArgumentRule = { expects: 'a function', accepts: (value) => typeof value === 'function' };

export const aString: ArgumentRule = { expects: 'a string', accepts: (value) => typeof value === 'string' };

export const aPath: ArgumentRule = {
  expects: 'the path of a file or folder, a string without NUL',
  accepts: (value) => typeof value === 'string' && value !== '' && !value.includes('\0'),
};

export const aNumber: ArgumentRule = {
  expects: 'a finite number',
  accepts: (value) => Number.isFinite(value),
};

export const aWholeNumber: ArgumentRule = {
  expects: 'a whole number',
  accepts: (value) => Number.isSafeInteger(value),
};

/** A tensor of numbers that is not disposed and, if given, has this rank. */
export function aTensor(expects: string, rank?: number): ArgumentRule {
  return {
    expects,
    accepts: (value) =>
      isTensor(value) && isNumeric(value) && !value.isDisposed && (rank === undefined || value.rank === rank),
  };
}

const isNumeric = ({ dtype }: tf.Tensor): boolean =>
  dtype === 'float32' || dtype === 'int32' || dtype === 'bool';

/** Anything that `for await` can iterate. */
export function iterable(expects: string): ArgumentRule {
  return {
    expects,
    accepts: (value) => isObject(value) && (Symbol.asyncIterator in value || Symbol.iterator in value),
  };
}

function told(value: unknown): string {
  if (!isTensor(value)) return describe(value);
  const { dtype, shape, isDisposed } = value;
  return `a tensor of ${dtype}, shape [${shape.join(', ')}]${isDisposed ? ', which is disposed' : ''}`;
}

import { describe } from './describe.js';
import { OptionError } from './errors.js';

/** What an option may be. Options are listed only in tables of these rules. */
export interface OptionRule<T> {
  /** The value if the option is not given. Without a default, the option is required. */
  readonly default?: T;
  readonly expects: string;
  readonly accepts: (value: unknown) => boolean;
  /** The form of the option on a command line. Without it, commands have no such option. */
  readonly written?: 'number' | 'numbers' | 'flag' | 'name' | 'text' | 'json';
  /** The possible values, if there are only a few. */
  readonly choices?: readonly string[];
}

/** The options of a table of rules, with defaults filled in. */
export type ResolvedBy<Rules> = {
  readonly [K in keyof Rules]: Rules[K] extends OptionRule<infer T> ? T : never;
};

export type OptionRules<O> = { readonly [K in keyof O]-?: OptionRule<O[K]> };

const isNumber = (value: unknown): value is number => Number.isFinite(value);

export function number(fallback?: number): OptionRule<number> {
  return { ...given(fallback), expects: 'a finite number', accepts: isNumber, written: 'number' };
}

export function numberAbove(bound: number, fallback?: number): OptionRule<number> {
  return {
    ...given(fallback),
    expects: `a finite number above ${bound}`,
    accepts: (value) => isNumber(value) && value > bound,
    written: 'number',
  };
}

export function numberFrom(bound: number, fallback?: number): OptionRule<number> {
  return {
    ...given(fallback),
    expects: `a finite number of at least ${bound}`,
    accepts: (value) => isNumber(value) && value >= bound,
    written: 'number',
  };
}

export function countFrom(bound: number, fallback?: number): OptionRule<number> {
  return {
    ...given(fallback),
    expects: `a whole number of at least ${bound}`,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= bound,
    written: 'number',
  };
}

export function countWithin(least: number, most: number, fallback?: number): OptionRule<number> {
  return {
    ...given(fallback),
    expects: `a whole number from ${least} to ${most}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    written: 'number',
  };
}

export function flag(fallback: boolean): OptionRule<boolean> {
  return {
    default: fallback,
    expects: 'true or false',
    accepts: (value) => typeof value === 'boolean',
    written: 'flag',
  };
}

export const areStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

export function strings(fallback?: readonly string[]): OptionRule<readonly string[]> {
  return { ...given(fallback), expects: 'a list of strings', accepts: areStrings };
}

/** @param each what a number of the list has to be, as `whole numbers of at least 1` */
export function listOfNumbers(
  each: string,
  accepts: (value: number) => boolean,
  fallback?: readonly number[],
): OptionRule<readonly number[]> {
  return {
    ...given(fallback),
    expects: `a list of ${each}`,
    accepts: (value) => Array.isArray(value) && value.every((item) => isNumber(item) && accepts(item)),
    written: 'numbers',
  };
}

export function oneOf<T extends string>(values: readonly T[], fallback?: T): OptionRule<T> {
  return {
    ...given(fallback),
    expects: `one of ${values.map((value) => `"${value}"`).join(', ')}`,
    accepts: (value) => values.some((allowed) => allowed === value),
    written: 'name',
    choices: values,
  };
}

export const aText: OptionRule<string> = {
  expects: 'a string',
  accepts: (value) => typeof value === 'string',
  written: 'text',
};

export function aFunction<F>(expects: string, fallback?: F): OptionRule<F> {
  return { ...given(fallback), expects, accepts: (value) => typeof value === 'function' };
}

export const anAbortSignal: OptionRule<AbortSignal> = {
  expects: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
};

/** null means "none" and is the default. */
export function nullable<T>(rule: OptionRule<T>): OptionRule<T | null> {
  return {
    ...rule,
    default: null,
    expects: `${rule.expects}, or null`,
    accepts: (value) => value === null || rule.accepts(value),
  };
}

/** An object with `computeLossFromEmbeddings`: a base loss or a regularizer. */
export function computesFromEmbeddings<T>(what: string): OptionRule<T> {
  return {
    expects: `${what}, an object with a method computeLossFromEmbeddings(embeddings, labels)`,
    accepts: (value) =>
      typeof value === 'object' &&
      value !== null &&
      'computeLossFromEmbeddings' in value &&
      typeof value.computeLossFromEmbeddings === 'function',
  };
}

function given<T>(fallback: T | undefined): { default?: T } {
  return fallback === undefined ? {} : { default: fallback };
}

/**
 * Fills in the defaults of options.
 *
 * @throws OptionError that names the owner, the option, its value and the expected values; also for an unknown option
 */
export function resolveOptions<O extends object>(
  owner: string,
  rules: OptionRules<O>,
  options: object | undefined,
): O {
  const table = new Map<string, OptionRule<unknown>>(Object.entries(rules));
  const values = new Map<string, unknown>(Object.entries(plainObject(owner, options ?? {})));
  for (const name of values.keys()) {
    if (!table.has(name)) {
      throw new OptionError(`${owner} has no option "${name}"${suggestion(name, [...table.keys()])}`);
    }
  }
  const resolved: Record<string, unknown> = {};
  for (const [name, rule] of table) {
    const value = values.get(name) ?? (values.get(name) === null && acceptsNull(rule) ? null : rule.default);
    if (value === undefined) throw new OptionError(`${owner} needs the option "${name}": ${rule.expects}`);
    if (!rule.accepts(value)) {
      const meant = meantChoice(value, rule.choices ?? []);
      const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
      throw optionError(owner, name, `is ${describe(value)}; expected ${rule.expects}${hint}`);
    }
    resolved[name] = value;
  }
  return resolved as O;
}

/** An error that a command line reports with its own name for the option. */
export const optionError = (owner: string, name: string, problem: string): OptionError =>
  new OptionError(`${owner}: ${name} ${problem}`, { option: { name, problem } });

/** The given options, checked. null, the default of each, means "not given". */
export function resolveGiven<O extends object>(
  owner: string,
  rules: OptionRules<{ readonly [K in keyof O]-?: O[K] | null }>,
  options: O,
): O {
  const resolved = Object.entries(resolveOptions(owner, rules, options));
  return Object.fromEntries(resolved.filter(([, value]) => value !== null)) as O;
}

function acceptsNull(rule: OptionRule<unknown>): boolean {
  return rule.accepts(null);
}

function plainObject(owner: string, options: object): object {
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new OptionError(`${owner}: the options are ${describe(options)}; expected an object`);
  }
  return options;
}

function suggestion(name: string, known: string[]): string {
  if (known.length === 0) return '; it takes no options';
  const nearest = nearestName(name, known);
  return nearest === undefined
    ? `; it takes ${known.map((option) => `"${option}"`).join(', ')}`
    : `; did you mean "${nearest}"?`;
}

/** Case and punctuation do not tell names apart. */
const key = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The choice of which a value is the beginning, or nearly the whole. */
function meantChoice(value: unknown, choices: readonly string[]): string | undefined {
  if (typeof value !== 'string' || key(value).length < 3) return undefined;
  const begun = choices.find((choice) => key(choice).startsWith(key(value)));
  const alike = choices.filter((choice) => editDistance(key(value), key(choice)) < key(choice).length / 2);
  return begun ?? nearestName(value, alike);
}

/** The option that was probably meant: it differs by at most three letters, ignoring case and punctuation. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((option) => ({ option, distance: editDistance(key(name), key(option)) }));
  return distances.filter(({ distance }) => distance <= 3).toSorted((a, b) => a.distance - b.distance)[0]
    ?.option;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of Array.from(a).entries()) {
    const row = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const substituted = (previous[j] ?? 0) + (letter === other ? 0 : 1);
      row.push(Math.min(substituted, (previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

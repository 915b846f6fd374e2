import { isObject } from '../arguments.js';
import { InputError } from '../errors.js';

type ByColumn = Readonly<Record<string, string>>;

/**
 * The prompts that are put before training texts: one prompt for all columns, or prompts by column, by data set, or by data
 * set and column. A model's own prompts are not used in training.
 */
export type TrainingPrompts = string | ByColumn | Readonly<Record<string, string | ByColumn>>;

/** The route of a Router for the texts of each column: by column, or by data set and column. */
export type RouterMapping = ByColumn | Readonly<Record<string, ByColumn>>;

const isNested = (mapping: object): boolean => isObject(Object.values(mapping)[0]);

const ownValue = <T>(mapping: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(mapping, key) ? mapping[key] : undefined;

/**
 * The prompt of each column; undefined if a column has none. A mapping that names the data set is taken as one by data set.
 *
 * @throws InputError if prompts are given by data set and column, but the data set has no name
 */
export function promptsFor(
  columns: readonly string[],
  prompts: TrainingPrompts | undefined,
  dataset: string | undefined,
): (string | undefined)[] {
  if (prompts === undefined || typeof prompts === 'string') return columns.map(() => prompts);
  const own = dataset === undefined ? undefined : ownValue(prompts, dataset);
  if (typeof own === 'string') return columns.map(() => own);
  if (own === undefined && isNested(prompts)) {
    if (dataset !== undefined) return columns.map(() => undefined);
    throw new InputError(
      `prompts are given by data set (${Object.keys(prompts).join(', ')}), but the only data set has no name; ` +
        'expected a prompt, or a prompt for each column',
    );
  }
  const byColumn = (own ?? prompts) as ByColumn;
  return columns.map((column) => ownValue(byColumn, column));
}

/** The task of each column, which decides its route; undefined if none is given. */
export function tasksFor(
  columns: readonly string[],
  mapping: RouterMapping | undefined,
  dataset: string | undefined,
): (string | undefined)[] {
  if (mapping === undefined) return columns.map(() => undefined);
  const own = dataset === undefined ? {} : (ownValue<ByColumn | string>(mapping, dataset) ?? {});
  const byColumn = (isNested(mapping) ? own : mapping) as ByColumn;
  return columns.map((column) => ownValue(byColumn, column));
}

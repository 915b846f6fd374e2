import { isObject } from '../arguments.js';
import { InputError } from '../errors.js';

type ByColumn = Readonly<Record<string, string>>;

/**
 * What is put before the texts of training: one prompt for all columns, or prompts by column, by data set, or by data set
 * and column. A model's own prompts are not used in training.
 */
export type TrainingPrompts = string | ByColumn | Readonly<Record<string, string | ByColumn>>;

/** Which route of a Router the texts of each column take: by column, or by data set and column. */
export type RouterMapping = ByColumn | Readonly<Record<string, ByColumn>>;

const isNested = (mapping: object): boolean => isObject(Object.values(mapping)[0]);

const ownValue = <T>(mapping: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(mapping, key) ? mapping[key] : undefined;

/**
 * The prompt of each column; undefined where there is none. A mapping that names the data set is by data sets.
 *
 * @throws InputError for prompts by data set and column where the data set has no name
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
      `prompts are given by data set (${Object.keys(prompts).join(', ')}), and there is one data set without a name; ` +
        'expected a prompt, or a prompt for each column',
    );
  }
  const byColumn = (own ?? prompts) as ByColumn;
  return columns.map((column) => ownValue(byColumn, column));
}

/** The task of each column, which decides its route; undefined where none is given. */
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

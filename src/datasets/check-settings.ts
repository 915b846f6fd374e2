import { isObject } from '../arguments.js';
import { nearestName, optionError } from '../options.js';
import type { DatasetFacts, TrainingDataOptions } from './training-data-options.js';

const OWNER = 'openTrainingData';

/**
 * Checks prompts and routes against the data. A name that belongs to no data set and no column would otherwise be ignored.
 *
 * @throws OptionError naming the nearest known name
 */
export function checkSettings(
  datasets: readonly DatasetFacts[],
  { prompts, routerMapping }: Pick<TrainingDataOptions, 'prompts' | 'routerMapping'>,
): void {
  for (const [option, value] of Object.entries({ prompts, routerMapping })) {
    if (isObject(value)) checkNames(option, value, datasets);
  }
}

function checkNames(
  option: string,
  mapping: Readonly<Record<string, unknown>>,
  datasets: readonly DatasetFacts[],
): void {
  const names = datasets.flatMap(({ name }) => name ?? []);
  const columns = [...new Set(datasets.flatMap((each) => each.columns.inputs))];
  for (const [key, value] of Object.entries(mapping)) {
    if (typeof value === 'string') {
      requireName(option, key, 'a data set or column', [...names, ...columns]);
      continue;
    }
    if (names.length === 0) {
      throw optionError(
        OWNER,
        option,
        `is given by data set (${key}), but the only data set has no name; expected columns (${columns.join(', ')})`,
      );
    }
    requireName(option, key, 'a data set', names);
    const own = datasets.find(({ name }) => name === key)?.columns.inputs ?? [];
    for (const column of Object.keys(value as object)) {
      requireName(`${option}.${key}`, column, 'a column', own);
    }
  }
}

function requireName(option: string, name: string, what: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `expected ${known.join(', ')}` : `did you mean "${nearest}"?`;
  throw optionError(OWNER, option, `has ${JSON.stringify(name)}, which is not ${what}; ${hint}`);
}

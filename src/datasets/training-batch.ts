import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { promptsFor, type RouterMapping, tasksFor, type TrainingPrompts } from './column-settings.js';
import type { Row } from './dataset.js';
import { type LabelBatch, labelBatch } from './labels.js';
import { LABEL_NAMES, type TrainingColumns } from './training-columns.js';

/** Rows of one data set as a loss takes them, before their texts are tokenized. */
export interface TrainingBatch {
  /** Number of rows. */
  readonly size: number;
  /** Names of the columns of texts, in order. */
  readonly columns: readonly string[];
  /** The texts of each column, one a row. */
  readonly texts: readonly (readonly string[])[];
  /** The prompt of each column. */
  readonly prompts: readonly (string | undefined)[];
  /** The task of each column, by which a Router chooses a route. */
  readonly tasks: readonly (string | undefined)[];
  readonly labels: LabelBatch | undefined;
  /** Which of several data sets the rows are of. */
  readonly dataset: string | undefined;
}

export interface BatchSettings {
  readonly prompts?: TrainingPrompts;
  readonly routerMapping?: RouterMapping;
  /** The name of the data set, where there are several. */
  readonly dataset?: string;
}

/**
 * @param placeOf where a row stands, for messages
 * @throws InputError for a row without a text in a column, and for labels that are not numbers of one shape
 */
export function trainingBatch(
  rows: readonly Row[],
  { inputs, label }: TrainingColumns,
  { prompts, routerMapping, dataset }: BatchSettings = {},
  placeOf: (row: number) => string = (row) => `row ${row}`,
): TrainingBatch {
  return {
    size: rows.length,
    columns: inputs,
    texts: inputs.map((column) => rows.map((row, index) => textIn(row, column, () => placeOf(index)))),
    prompts: promptsFor(inputs, prompts, dataset),
    tasks: tasksFor(inputs, routerMapping, dataset),
    labels:
      label === undefined
        ? undefined
        : labelBatch(
            rows.map((row) => row[label]),
            (index) => columnAt(placeOf(index), label),
          ),
    dataset,
  };
}

export const columnAt = (place: string, column: string): string =>
  `${place}: column ${JSON.stringify(column)}`;

/** @throws InputError for a row that has anything but a text there */
export function textIn(row: Row, column: string, placeOf: () => string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  const told = Object.hasOwn(row, column) ? `is ${describe(value)}` : 'is missing';
  const isLabel = (LABEL_NAMES as readonly string[]).includes(column);
  const hint = isLabel ? ' (of several columns that could hold labels, one does: remove the others)' : '';
  throw new InputError(`${columnAt(placeOf(), column)} ${told}; expected a text${hint}`);
}

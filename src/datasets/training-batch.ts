import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { promptsFor, type RouterMapping, tasksFor, type TrainingPrompts } from './column-settings.js';
import type { Row } from './dataset.js';
import { type LabelBatch, labelBatch } from './labels.js';
import { LABEL_NAMES, type TrainingColumns } from './training-columns.js';

/** Rows of one data set in the form that a loss uses, before their texts are tokenized. */
export interface TrainingBatch {
  /** Number of rows. */
  readonly size: number;
  /** Names of the columns of texts, in order. */
  readonly columns: readonly string[];
  /** The texts of each column, one per row. */
  readonly texts: readonly (readonly string[])[];
  /** The prompt of each column. */
  readonly prompts: readonly (string | undefined)[];
  /** The task of each column. A Router chooses a route by it. */
  readonly tasks: readonly (string | undefined)[];
  readonly labels: LabelBatch | undefined;
  /** The name of the rows' data set, if there are several. */
  readonly dataset: string | undefined;
}

export interface BatchSettings {
  readonly prompts?: TrainingPrompts;
  readonly routerMapping?: RouterMapping;
  /** The name of the data set, if there are several. */
  readonly dataset?: string;
}

/**
 * @param placeOf returns the place of a row, for messages
 * @throws InputError if a row lacks a text in a column, or if labels are not numbers of one shape
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

/** @throws InputError if the row's value is not a text */
export function textIn(row: Row, column: string, placeOf: () => string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  const told = Object.hasOwn(row, column) ? `is ${describe(value)}` : 'is missing';
  const isLabel = (LABEL_NAMES as readonly string[]).includes(column);
  const hint = isLabel ? ' (of several columns that could hold labels, one does: remove the others)' : '';
  throw new InputError(`${columnAt(placeOf(), column)} ${told}; expected a text${hint}`);
}

import { counted } from '../counted.js';
import { InputError } from '../errors.js';
import { preview } from '../files/preview.js';
import { type Dataset, placeIn, type Row } from './dataset.js';
import { checkLabel, type LabelShape, labelShape } from './labels.js';
import type { OnError } from './on-error.js';
import { columnAt, textIn } from './training-batch.js';
import type { TrainingColumns } from './training-columns.js';

/** Rows that were skipped. */
export interface SkippedRows {
  readonly count: number;
  /** What was wrong with the first few rows, and where. */
  readonly reasons: readonly string[];
}

export const NONE_SKIPPED: SkippedRows = { count: 0, reasons: [] };

const MOST_REASONS = 5;

/** Counts skipped rows, or stops at the first row that cannot be used. */
export class RowErrors implements SkippedRows {
  count = 0;
  readonly reasons: string[] = [];
  readonly #onError: OnError;

  constructor(onError: OnError) {
    this.#onError = onError;
  }

  /** @throws the error if rows are not skipped */
  add(error: InputError): void {
    if (this.#onError === 'stop') throw error;
    this.count++;
    if (this.reasons.length < MOST_REASONS) this.reasons.push(error.message);
  }
}

/** Checks rows one after the other. The first label decides the shape of all labels. */
export class RowCheck {
  labelShape: LabelShape | undefined;
  readonly #columns: TrainingColumns;
  readonly #known: ReadonlySet<string>;

  constructor(columns: TrainingColumns) {
    this.#columns = columns;
    this.#known = new Set([...columns.inputs, ...(columns.label === undefined ? [] : [columns.label])]);
  }

  /** @throws InputError if a row is not like the others */
  take(row: Row, place: () => string): void {
    const { inputs, label } = this.#columns;
    for (const column of inputs) textIn(row, column, place);
    const other = Object.keys(row).find((name) => !this.#known.has(name));
    if (other !== undefined) {
      throw new InputError(
        `${place()}: the row has a column ${preview(other)}; expected ${[...this.#known].join(', ')}, as the first row has`,
      );
    }
    if (label === undefined) return;
    if (!Object.hasOwn(row, label)) {
      throw new InputError(`${columnAt(place(), label)} is missing; expected a label, as the first row has`);
    }
    const where = columnAt(place(), label);
    if (this.labelShape === undefined) this.labelShape = labelShape(row[label], where);
    else checkLabel(row[label], where, this.labelShape);
  }
}

/** The number of rows that are read together. */
const ROWS_AT_A_TIME = 256;

/** A data set whose rows have all been read once. */
export interface CheckedRows {
  /** The data set without the skipped rows. */
  readonly dataset: Dataset;
  readonly labelShape: LabelShape | undefined;
}

/**
 * Reads all rows once, so that a row that cannot be used is found before training begins.
 *
 * @throws InputError for such a row; if such rows are skipped, only if no row is left
 */
export async function checkRows(
  dataset: Dataset,
  columns: TrainingColumns,
  errors: RowErrors,
): Promise<CheckedRows> {
  const check = new RowCheck(columns);
  const left: number[] = [];
  let firstReason: string | undefined;
  for (let begin = 0; begin < dataset.length; begin += ROWS_AT_A_TIME) {
    const length = Math.min(ROWS_AT_A_TIME, dataset.length - begin);
    const indices = Array.from({ length }, (_, at) => begin + at);
    for (const [at, row] of (await readableRows(dataset, indices)).entries()) {
      const index = begin + at;
      try {
        if (row instanceof InputError) throw row;
        check.take(row, () => placeIn(dataset, index));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        errors.add(error);
        firstReason ??= error.message;
        left.push(index);
      }
    }
  }
  const { labelShape: shape } = check;
  if (left.length === 0) return { dataset, labelShape: shape };
  if (left.length === dataset.length) {
    throw new InputError(
      `none of ${counted(left.length, 'row')} can be trained on; the first: ${firstReason}`,
    );
  }
  return { dataset: without(dataset, left), labelShape: shape };
}

/** Reads the rows. In place of a row that cannot be read stands the error. */
async function readableRows(
  dataset: Dataset,
  indices: readonly number[],
): Promise<readonly (Row | InputError)[]> {
  try {
    return await (dataset.glance?.(indices) ?? dataset.rows(indices));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const [only, ...others] = indices;
    if (only === undefined || others.length === 0) return [error];
    const rows = [];
    for (const index of indices) rows.push(...(await readableRows(dataset, [index])));
    return rows;
  }
}

/** @param left the skipped rows' indices, in ascending order */
function without(dataset: Dataset, left: readonly number[]): Dataset {
  const skipped = new Set(left);
  const kept = new Uint32Array(dataset.length - left.length);
  let length = 0;
  for (let index = 0; index < dataset.length; index++) if (!skipped.has(index)) kept[length++] = index;
  const inner = (index: number): number => kept[index] ?? index;
  return {
    columns: dataset.columns,
    length,
    rows: (indices) => dataset.rows(indices.map(inner)),
    placeOf: (index) => placeIn(dataset, inner(index)),
    ...(dataset.close !== undefined && { close: () => dataset.close?.() ?? Promise.resolve() }),
  };
}

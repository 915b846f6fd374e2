import { isObject } from '../../arguments.js';
import type { Row } from '../../datasets/dataset.js';
import { LABEL_NAMES } from '../../datasets/training-columns.js';
import { describe } from '../../describe.js';
import { InputError } from '../../errors.js';

/** The columns of texts of a data set, in order: all that have none of the names of labels. */
export const textColumns = (columns: readonly string[]): string[] =>
  columns.filter((name) => !LABEL_NAMES.some((label) => label === name));

/** A row with its place. Every reader of a cell names the row and the column if it cannot take the cell. */
export class SourceRow {
  readonly place: string;
  readonly #row: Row;

  constructor(row: Row, place: string) {
    this.#row = row;
    this.place = place;
  }

  has(column: string): boolean {
    return this.#row[column] !== undefined && this.#row[column] !== null;
  }

  text(column: string): string {
    const value = this.#row[column];
    return typeof value === 'string' ? value : this.#refuse(column, value, 'a text');
  }

  texts(column: string): readonly string[] {
    return this.#list(column, 'a list of texts', (each) => typeof each === 'string') as readonly string[];
  }

  number(column: string): number {
    const value = this.#row[column];
    return Number.isFinite(value) ? (value as number) : this.#refuse(column, value, 'a finite number');
  }

  /** @param length how many numbers are expected */
  numbers(column: string, length: number): readonly number[] {
    const numbers = this.#list(column, 'a list of finite numbers', Number.isFinite) as readonly number[];
    if (numbers.length === length) return numbers;
    throw new InputError(
      `${this.place}: ${column} has ${numbers.length} numbers; expected ${length}, one for each text after the first`,
    );
  }

  /** Whether a label of 1 or 0, or true or false, is positive. */
  isPositive(column: string): boolean {
    return labelOf(this.#row[column]) ?? this.#refuse(column, this.#row[column], 'a label, 1 or 0');
  }

  /** A label of 1 or 0 for each text. */
  arePositive(column: string, length: number): readonly boolean[] {
    const labels = this.#list(column, 'a list of labels, 1 or 0', (each) => labelOf(each) !== undefined);
    if (labels.length === length) return labels.map((each) => labelOf(each) === true);
    throw new InputError(
      `${this.place}: ${column} has ${labels.length} labels; expected ${length}, one for each text`,
    );
  }

  /** A class, as a text. */
  className(column: string): string {
    const value = this.#row[column];
    if (typeof value === 'string' || Number.isFinite(value)) return String(value);
    return this.#refuse(column, value, 'a class, a text or a number');
  }

  #list(column: string, expects: string, accepts: (value: unknown) => boolean): readonly unknown[] {
    const value = this.#row[column];
    if (isObject(value) && Array.isArray(value) && value.length > 0 && value.every(accepts)) return value;
    return this.#refuse(column, value, expects);
  }

  #refuse(column: string, value: unknown, expected: string): never {
    throw new InputError(`${this.place}: ${column} is ${describe(value)}; expected ${expected}`);
  }
}

function labelOf(value: unknown): boolean | undefined {
  if (value === 1 || value === true || value === 1n) return true;
  return value === 0 || value === false || value === 0n ? false : undefined;
}

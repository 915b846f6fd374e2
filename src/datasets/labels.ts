import { describe } from '../describe.js';
import { InputError } from '../errors.js';

/** The shape of one row's label: a number, a list of numbers, or a list of lists. */
export type LabelShape = readonly number[];

/** The labels of a batch of B rows. Whole numbers and booleans also become float32, so that all batches have one type. */
export interface LabelBatch {
  readonly values: Float32Array;
  /** [B], [B, n] or [B, n, d] */
  readonly shape: readonly number[];
}

type NumberList = readonly unknown[] | Float32Array | Float64Array;

const isList = (value: unknown): value is NumberList =>
  Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array;

const isNumber = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';

const FORMS = 'a number, true or false, a list of numbers, or a list of lists of numbers';

/**
 * Returns the shape of a label.
 *
 * @param where the row and its column, for messages
 * @throws InputError for a string, for null, and for lists whose parts differ in length
 */
export function labelShape(value: unknown, where: string): LabelShape {
  if (isNumber(value)) return [];
  if (!isList(value)) throw new InputError(`${where} is ${describe(value)}; expected ${FORMS}`);
  const items = Array.from(value as Iterable<unknown>);
  if (items.length > 0 && items.every(isNumber)) return [items.length];
  const parts = items.map((part, index) => labelShape(part, `${where}[${index}]`));
  const [first = []] = parts;
  if (parts.length === 0) throw new InputError(`${where} is an empty list; expected ${FORMS}`);
  const ragged = parts.findIndex((part) => !areEqual(part, first));
  if (ragged >= 0) {
    throw new InputError(
      `${where}[${ragged}] is ${describeShape(parts[ragged] ?? [])}; expected ${describeShape(first)}, as the first is`,
    );
  }
  if (first.length > 1) throw new InputError(`${where} is a list of lists of lists; expected ${FORMS}`);
  return [parts.length, ...first];
}

/**
 * @param expected the shape of the labels before
 * @throws InputError as `labelShape`, and if the label has another shape
 */
export function checkLabel(value: unknown, where: string, expected: LabelShape): void {
  const shape = labelShape(value, where);
  if (areEqual(shape, expected)) return;
  throw new InputError(
    `${where} is ${describeShape(shape)}; expected ${describeShape(expected)}, as in the rows before`,
  );
}

/**
 * Collects the labels of the rows of a batch.
 *
 * @param places returns the place of a row's label, for messages
 * @throws InputError as `checkLabel`
 */
export function labelBatch(labels: readonly unknown[], places: (row: number) => string): LabelBatch {
  const shape = labelShape(labels[0], places(0));
  const size = shape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(labels.length * size);
  for (const [row, label] of labels.entries()) {
    checkLabel(label, places(row), shape);
    const parts = shape.length === 2 ? Array.from(label as Iterable<NumberList>) : [label];
    let at = row * size;
    for (const part of parts) {
      const numbers = isList(part) ? Array.from(part as Iterable<unknown>) : [part];
      for (const number of numbers) values[at++] = Number(number);
    }
  }
  return { values, shape: [labels.length, ...shape] };
}

/** A shape in words. */
export function describeShape([length, width]: LabelShape): string {
  if (length === undefined) return 'one number';
  return width === undefined ? `a list of ${length}` : `${length} lists of ${width}`;
}

const areEqual = (a: LabelShape, b: LabelShape): boolean =>
  a.length === b.length && a.every((length, place) => length === b[place]);

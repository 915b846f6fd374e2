import type { TextId } from '../../data/text-id.js';
import { InputError } from '../../errors.js';
import type { SparseRow } from '../row.js';
import { float32Text } from './float32-text.js';

/*
 * JSON is built as text: a JavaScript object would put tokens such as "2024" first and lose "__proto__", and a float32
 * would print with all digits of a float64.
 */

/** `"indices": [...], "values": [...]` */
export function indicesAndValues({ indices, values }: SparseRow): string {
  return `"indices":[${indices.join(',')}],"values":[${Array.from(values, float32Text).join(',')}]`;
}

/** `{"cat": 0.5, ...}` in the order of the dimensions, without the weights that `isWritten` refuses. */
export function weightsByName(
  { indices, values }: SparseRow,
  nameOf: (index: number) => string,
  isWritten: (value: number) => boolean = () => true,
): string {
  const members: string[] = [];
  for (const [position, index] of indices.entries()) {
    const value = values[position] as number;
    if (isWritten(value)) members.push(`${JSON.stringify(nameOf(index))}:${float32Text(value)}`);
  }
  return `{${members.join(',')}}`;
}

/** Lucene stores features of normal float32 numbers above 0. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * `weightsByName` for engines that accept only weights above 0.
 *
 * @throws InputError for a weight below 0: leaving it out would change the order of results
 */
export function positiveWeightsByName(
  row: SparseRow & { readonly id: TextId },
  nameOf: (index: number) => string,
  format: string,
  smallest = 0,
): string {
  const position = row.values.findIndex((value) => value < 0);
  if (position >= 0) {
    const index = row.indices[position] as number;
    throw new InputError(
      `text ${row.id}: dimension ${index} (${nameOf(index)}) has the weight ${row.values[position]}; ${format} takes weights above 0 only`,
    );
  }
  return weightsByName(row, nameOf, (value) => value >= smallest);
}

/**
 * `positiveWeightsByName` for Lucene's features. Weights below 2^-126 are left out: the engine would refuse them, and
 * they do not affect any score.
 */
export function featuresByName(
  row: SparseRow & { readonly id: TextId },
  nameOf: (index: number) => string,
  format: string,
): string {
  return positiveWeightsByName(row, nameOf, format, SMALLEST_NORMAL);
}

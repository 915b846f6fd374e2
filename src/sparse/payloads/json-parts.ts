import type { TextId } from '../../data/text-id.js';
import { InputError } from '../../errors.js';
import type { SparseRow } from '../row.js';
import { float32Text } from './float32-text.js';

/*
 * JSON is put together as text: an object of JavaScript would put tokens such as "2024" before all others and lose
 * "__proto__", and would print a float32 with all the digits of a float64.
 */

/** `"indices": [...], "values": [...]` */
export function indicesAndValues({ indices, values }: SparseRow): string {
  return `"indices":[${indices.join(',')}],"values":[${Array.from(values, float32Text).join(',')}]`;
}

/** `{"cat": 0.5, ...}` in the order of the dimensions; those that `isWritten` refuses are left out. */
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
 * `weightsByName` for engines that take weights above 0 only.
 *
 * @throws InputError for a weight below 0, which left out would change the order of results
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
 * `positiveWeightsByName` for Lucene's features. Weights below 2^-126 are left out: they would be refused, and no score
 * can tell.
 */
export function featuresByName(
  row: SparseRow & { readonly id: TextId },
  nameOf: (index: number) => string,
  format: string,
): string {
  return positiveWeightsByName(row, nameOf, format, SMALLEST_NORMAL);
}

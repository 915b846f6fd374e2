import { InputError } from '../errors.js';
import { areStrings, type OptionRule } from '../options.js';

/** The rule of an option that is a column of texts. */
export const aColumn: OptionRule<readonly string[]> = {
  expects: 'a list of texts, at least one',
  accepts: (value) => areStrings(value) && value.length > 0,
};

/** The rule of an option that is a column of numbers. */
export const aColumnOf = (
  expects: string,
  accepts: (value: unknown) => boolean,
): OptionRule<readonly number[]> => ({
  expects,
  // `every` skips holes in an array.
  accepts: (value) => Array.isArray(value) && Array.from(value).every(accepts),
});

/**
 * Copies of columns, which the caller's later changes do not reach.
 *
 * @throws InputError that names the column, if it has another length than the first
 */
export function equalColumns<Columns extends Readonly<Record<string, readonly unknown[]>>>(
  owner: string,
  columns: Columns,
): Columns {
  const [first, ...rest] = Object.entries(columns);
  for (const [name, { length }] of rest) {
    if (first === undefined || length === first[1].length) continue;
    throw new InputError(
      `${owner}: ${first[0]} has length ${first[1].length} and ${name} ${length}; expected equal lengths`,
    );
  }
  return structuredClone(columns);
}

import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { warn } from '../warnings.js';
import { type Dataset, placeIn } from './dataset.js';
import { eachRow } from './each-row.js';
import { type Id, idOf } from './id-list.js';
import { columnAt } from './training-batch.js';

/** Texts by their ids. */
export interface Lookup {
  readonly dataset: Dataset;
  /** Default: the column named id, or the one whose name ends in _id. */
  readonly id?: string;
  /** Default: the only other column. */
  readonly value?: string;
}

export interface IdLookup {
  /** The row of an id; undefined if there is none. */
  placeOf(id: Id): number | undefined;
  texts(places: readonly number[]): Promise<string[]>;
}

export const datasetOf = (given: Dataset | Lookup): Dataset => ('dataset' in given ? given.dataset : given);

/**
 * Reads all ids of a lookup, and checks its texts.
 *
 * @param opened lookups that have already been read, for reuse
 * @throws InputError if columns are missing or ambiguous, and if a row lacks an id or a text
 */
export async function openLookup(
  given: Dataset | Lookup,
  where: string,
  opened: Map<Dataset, IdLookup>,
): Promise<IdLookup> {
  const dataset = datasetOf(given);
  const names: Omit<Lookup, 'dataset'> = 'dataset' in given ? given : {};
  const isPlain = names.id === undefined && names.value === undefined;
  const known = opened.get(dataset);
  if (known !== undefined && isPlain) return known;
  const id =
    names.id ?? inferred(dataset, where, 'named id or ending in _id', (name) => /(?:^|_)id$/.test(name));
  const value = names.value ?? inferred(dataset, where, `besides ${id}`, (name) => name !== id);
  const absent = [id, value].find((name) => !dataset.columns.includes(name));
  if (absent !== undefined) {
    throw new InputError(
      `${where} has no column ${JSON.stringify(absent)}; it has ${dataset.columns.join(', ')}`,
    );
  }
  const places = new Map<string, number>();
  for await (const [index, row] of eachRow(dataset)) {
    places.set(String(idOf(row[id], columnAt(placeIn(dataset, index), id))), index);
    if (typeof row[value] === 'string') continue;
    throw new InputError(
      `${columnAt(placeIn(dataset, index), value)} is ${describe(row[value])}; expected a text`,
    );
  }
  if (places.size < dataset.length) {
    warn(
      `${where} has ids that occur more than once, ${dataset.length - places.size} rows too many; the last row of each counts.`,
    );
  }
  const lookup: IdLookup = {
    placeOf: (each) => places.get(String(each)),
    texts: async (indices) => (await dataset.rows(indices)).map((row) => row[value] as string),
  };
  if (isPlain) opened.set(dataset, lookup);
  return lookup;
}

function inferred(dataset: Dataset, where: string, what: string, isOne: (name: string) => boolean): string {
  const found = dataset.columns.filter(isOne);
  const [name] = found;
  if (name !== undefined && found.length === 1) return name;
  throw new InputError(
    `${where}: expected exactly one column ${what}; ${found.length === 0 ? 'none' : found.join(', ')} among ` +
      `${dataset.columns.join(', ')}. Name the columns: { dataset, id, value }`,
  );
}

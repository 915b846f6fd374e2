import { type ArgumentRule, checkArguments, isObject } from '../arguments.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import { countFrom, nullable, type OptionRules, resolveOptions, strings } from '../options.js';
import { type Dataset, isDataset, placeIn, type Row } from './dataset.js';
import { idList } from './id-list.js';
import { datasetOf, type IdLookup, type Lookup, openLookup } from './id-lookup.js';
import { columnAt } from './training-batch.js';
import { LABEL_NAMES } from './training-columns.js';

export interface ResolveIdsOptions {
  /** Columns to keep as they are. Default: label, labels, score and scores. */
  readonly keepColumns?: readonly string[];
  /** The maximum number of ids to use from a list, and of numbers in a kept list; the first ones are used. Default: all. */
  readonly maxListLength?: number | null;
}

const RULES: OptionRules<Required<ResolveIdsOptions>> = {
  keepColumns: strings(LABEL_NAMES),
  maxListLength: nullable(countFrom(1)),
};

const DATASET: ArgumentRule = { expects: 'what arrayDataset or readDataset returns', accepts: isDataset };
const LOOKUPS: ArgumentRule = {
  expects: 'an object with a data set, or { dataset, id, value }, for each column of ids',
  accepts: (value) => isObject(value) && !Array.isArray(value) && Object.values(value).every(isObject),
};

/** How a column of ids is resolved. */
interface Resolution {
  readonly column: string;
  readonly lookup: IdLookup;
  /** The number of ids in each row; undefined if the ids are not in lists. */
  readonly count: number | undefined;
  readonly names: readonly string[];
}

/**
 * Replaces ids in a data set by texts. `query_id` becomes `query`. A column `document_ids` of lists becomes `document_1`,
 * `document_2`, and so on. The new columns follow the order of `lookups`, then the kept columns. All other columns are left
 * out.
 *
 * By default a lookup has a column that is named id or ends in _id, and one other column. Its ids are held in memory. Its
 * texts are read when they are needed. Ids are compared as texts: 7 is "7".
 *
 *     const resolved = await resolveIds(
 *       await readDataset('triples.jsonl'),
 *       { query_id: await readDataset('queries.tsv'), document_ids: await readDataset('documents.jsonl') },
 *       { maxListLength: 8 },
 *     );
 *     // columns: query, document_1, ..., document_8, scores
 *
 * @throws InputError if a column does not exist, if the columns of a lookup are ambiguous, and if two columns would have one
 * name. When rows are read: if a lookup lacks an id, and if a list differs in length from the first list
 */
export async function resolveIds(
  dataset: Dataset,
  lookups: Readonly<Record<string, Dataset | Lookup>>,
  options: ResolveIdsOptions = {},
): Promise<Dataset> {
  checkArguments('resolveIds', { dataset: DATASET, lookups: LOOKUPS }, { dataset, lookups });
  const { keepColumns, maxListLength } = resolveOptions('resolveIds', RULES, options);
  const most = maxListLength ?? Infinity;
  const [first = {}] = dataset.length === 0 ? [] : await dataset.rows([0]);
  const resolutions: Resolution[] = [];
  const opened = new Map<Dataset, IdLookup>();
  for (const [column, given] of Object.entries(lookups)) {
    if (!dataset.columns.includes(column)) {
      throw new InputError(
        `resolveIds: there is no column ${JSON.stringify(column)}; the data set has ${dataset.columns.join(', ')}`,
      );
    }
    const lookup = await openLookup(given, `the lookup of ${column}`, opened);
    const ids = idList(first[column], columnAt(placeIn(dataset, 0), column));
    const count = Array.isArray(ids) ? Math.min(ids.length, most) : undefined;
    if (count === 0) throw new InputError(`${columnAt(placeIn(dataset, 0), column)} is an empty list of ids`);
    const name = column.replace(/_(?:ids?|idx)$/, '');
    const names =
      count === undefined ? [name] : Array.from({ length: count }, (_, at) => `${name}_${at + 1}`);
    resolutions.push({ column, lookup, count, names });
  }
  const kept = keepColumns.filter((name) => dataset.columns.includes(name));
  const columns = [...resolutions.flatMap(({ names }) => names), ...kept];
  const twice = columns.find((name, at) => columns.indexOf(name) < at);
  if (twice !== undefined) {
    throw new InputError(`resolveIds: two columns would be named "${twice}"; rename one`);
  }

  const cut = (value: unknown): unknown => {
    const list = writtenNumbers(value) ?? value;
    return Array.isArray(list) ? list.slice(0, most) : list;
  };
  const keep = (row: Row): Row =>
    Object.fromEntries(kept.filter((name) => Object.hasOwn(row, name)).map((name) => [name, cut(row[name])]));
  /** For each text of a row, its row in its lookup. */
  const placesOf = (row: Row, index: number): number[] =>
    resolutions.flatMap((resolution) =>
      placesIn(resolution, row, columnAt(placeIn(dataset, index), resolution.column), most),
    );

  return {
    columns,
    length: dataset.length,
    placeOf: (index) => placeIn(dataset, index),
    rows: async (indices) => {
      const rows = await dataset.rows(indices);
      const places = rows.map((row, at) => placesOf(row, indices[at] as number));
      const texts = await textsAt(resolutions, places);
      return rows.map((row, at) => ({ ...texts[at], ...keep(row) }));
    },
    // When the lookups were opened, their texts were checked.
    glance: async (indices) => {
      const rows = await dataset.rows(indices);
      return rows.map((row, at) => {
        placesOf(row, indices[at] as number);
        return {
          ...Object.fromEntries(resolutions.flatMap(({ names }) => names.map((name) => [name, '']))),
          ...keep(row),
        };
      });
    },
    close: async () => {
      await dataset.close?.();
      for (const lookup of new Set(Object.values(lookups).map(datasetOf))) await lookup.close?.();
    },
  };
}

/** Parses a list of numbers that is written as a text. Some data sets store scores in this form. */
function writtenNumbers(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*\[[-\d.eE+,\s]*\]\s*$/.test(value)) return undefined;
  return value.replaceAll(/[[\]]/g, '').split(',').map(Number);
}

function placesIn({ column, lookup, count }: Resolution, row: Row, where: string, most: number): number[] {
  const ids = idList(row[column], where);
  const list = Array.isArray(ids) ? ids.slice(0, most) : [ids];
  if (Array.isArray(ids) === (count === undefined) || list.length !== (count ?? 1)) {
    const told = (length: number | undefined): string =>
      length === undefined ? 'one id' : `a list of ${length}`;
    throw new InputError(
      `${where} is ${told(Array.isArray(ids) ? ids.length : undefined)}; expected ${told(count)}, as in the first row` +
        (count === undefined ? '' : ' (maxListLength cuts longer lists)'),
    );
  }
  return list.map((id) => {
    const place = lookup.placeOf(id);
    if (place !== undefined) return place;
    throw new InputError(`${where}: the id ${describe(id)} is not in its lookup`);
  });
}

/** Reads each lookup only once for all rows. */
async function textsAt(
  resolutions: readonly Resolution[],
  places: readonly (readonly number[])[],
): Promise<Row[]> {
  const rows: Record<string, string>[] = places.map(() => ({}));
  let begin = 0;
  for (const { lookup, names } of resolutions) {
    const from = begin;
    begin += names.length;
    const texts = await lookup.texts(places.flatMap((own) => own.slice(from, begin)));
    for (const [at, text] of texts.entries()) {
      const row = rows[Math.floor(at / names.length)];
      if (row !== undefined) row[names[at % names.length] as string] = text;
    }
  }
  return rows;
}

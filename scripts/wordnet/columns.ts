import { columnNames, dataFormat, type FormatId, LABEL_COLUMNS } from '../../src/losses/catalog.js';

/** Negatives per row if the format allows any number. */
const NEGATIVES = 4;

/** The columns of a format's file, labels last, with `numbered` columns of the kind that may have any number. */
function columnsOf(id: FormatId, numbered = NEGATIVES): readonly string[] {
  const format = dataFormat(id);
  const more = format.numbered === undefined ? 0 : numbered;
  const texts = columnNames(format, format.columns.length + more);
  return format.labels === 'none' ? texts : [...texts, LABEL_COLUMNS[format.labels]];
}

/** The files of the data set: the columns of each, in their order, and how many rows it holds. */
export const FILES = {
  pair: { columns: columnsOf('pair'), rows: 512 },
  triplet: { columns: columnsOf('triplet'), rows: 512 },
  'n-tuple': { columns: columnsOf('n-tuple'), rows: 512 },
  'scored-pair': { columns: columnsOf('scored-pair'), rows: 512 },
  'class-text': { columns: columnsOf('class-text'), rows: 512 },
  'class-pair': { columns: columnsOf('class-pair'), rows: 510 },
  'margin-triplet': { columns: columnsOf('margin-triplet'), rows: 512 },
  'scored-triplet': { columns: columnsOf('scored-triplet'), rows: 512 },
  'margin-n-tuple': { columns: columnsOf('margin-n-tuple'), rows: 512 },
  'scored-n-tuple': { columns: columnsOf('scored-n-tuple'), rows: 512 },
  embedding: { columns: columnsOf('embedding'), rows: 32 },
  'embedding-pair': { columns: columnsOf('embedding-per-column', 2), rows: 32 },
} as const satisfies Record<string, { columns: readonly string[]; rows: number }>;

export type FileName = keyof typeof FILES;
export type Row = Readonly<Record<string, string | number | readonly number[]>>;

/** One JSON object per line, with the columns in order. */
export function toJsonLines(file: FileName, rows: readonly Row[]): string {
  return rows
    .map((row) =>
      JSON.stringify(Object.fromEntries(FILES[file].columns.map((column) => [column, row[column]]))),
    )
    .map((line) => `${line}\n`)
    .join('');
}

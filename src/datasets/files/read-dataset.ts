import { aPath, checkArguments } from '../../arguments.js';
import { checkInput } from '../../data/lines.js';
import type { Delimiters } from '../../data/read-table.js';
import { InputError } from '../../errors.js';
import { type OptionRules, nullable, oneOf, resolveOptions, strings } from '../../options.js';
import type { Dataset } from '../dataset.js';
import { selectColumns } from '../select-columns.js';
import { DATASET_FORMATS, datasetFormat, type DatasetFormat, TABLES } from './dataset-format.js';
import { readJsonArray } from './json-array.js';
import { jsonRow } from './json-row.js';
import { readParquet } from './parquet.js';
import { RecordFile } from './record-file.js';
import { headerOf, tableRow } from './table-row.js';

export interface ReadDatasetOptions {
  /** Default: the format of the file's extension. */
  readonly format?: DatasetFormat | null;
  /** Columns to read, in the order that the loss expects. Default: those of the file. */
  readonly columns?: readonly string[] | null;
}

const RULES: OptionRules<Required<ReadDatasetOptions>> = {
  format: nullable(oneOf(DATASET_FORMATS)),
  columns: nullable(strings()),
};

/**
 * Opens a file of training data: JSONL (one object per line), JSON (an array of objects), CSV or TSV (with a header; TSV
 * without quotes) or Parquet.
 *
 * Rows are read from disk as they are needed, and only 16 bytes per row are held. (A JSON array, of at most 64 million
 * characters, is held in memory.) The columns are those of the first row, or of the header. In a table, the columns label,
 * labels, score and scores may hold numbers, booleans or lists: such cells are parsed. All other cells are texts.
 *
 *     const dataset = await readDataset('train.jsonl', { columns: ['query', 'positive', 'negative'] });
 *     const [first] = await dataset.rows([0]);
 *     await dataset.close?.();
 *
 * @throws InputError naming file, line and what was expected: if the file is empty, or if the first row or the boundaries of
 * the rows cannot be read. Any other row is checked when it is read.
 * @throws OptionError for options that are unknown or of the wrong type
 */
export async function readDataset(path: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  checkArguments('readDataset', { path: aPath }, { path });
  const { format, columns } = resolveOptions('readDataset', RULES, options);
  const dataset = await READERS[format ?? datasetFormat(path)](path);
  try {
    return columns === null ? dataset : selectColumns(dataset, columns, path);
  } catch (error) {
    await dataset.close?.();
    throw error;
  }
}

const READERS: Readonly<Record<DatasetFormat, (path: string) => Promise<Dataset>>> = {
  jsonl: readJsonLines,
  json: readJsonArray,
  csv: (path) => readTableFile(path, TABLES.csv),
  tsv: (path) => readTableFile(path, TABLES.tsv),
  parquet: (path) => readParquet(path),
};

/** @throws InputError, after closing the file */
async function fromRecords(
  path: string,
  quotes: boolean,
  make: (file: RecordFile) => Promise<Dataset>,
): Promise<Dataset> {
  await checkInput(path);
  const file = await RecordFile.open(path, { quotes });
  try {
    return await make(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function readJsonLines(path: string): Promise<Dataset> {
  return fromRecords(path, false, async (file) => {
    const read = async (indices: readonly number[]) =>
      (await file.read(indices)).map((line, at) => jsonRow(line, file.placeOf(indices[at] as number)));
    if (file.length === 0) throw new InputError(`${path} has no rows; expected at least one`);
    const [first = {}] = await read([0]);
    return {
      columns: Object.keys(first),
      length: file.length,
      rows: read,
      placeOf: (index) => file.placeOf(index),
      close: () => file.close(),
    };
  });
}

function readTableFile(path: string, delimiters: Delimiters): Promise<Dataset> {
  return fromRecords(path, delimiters.quotes, async (file) => {
    const [header] = file.length === 0 ? [] : await file.read([0]);
    if (header === undefined) throw new InputError(`${path} is empty; expected a header and rows`);
    const columns = headerOf(header, delimiters, file.placeOf(0));
    if (file.length === 1) throw new InputError(`${path} has a header and no rows; expected at least one`);
    const placeOf = (index: number): string => file.placeOf(index + 1);
    return {
      columns,
      length: file.length - 1,
      rows: async (indices) =>
        (await file.read(indices.map((index) => index + 1))).map((record, at) =>
          tableRow(record, columns, delimiters, placeOf(indices[at] as number)),
        ),
      placeOf,
      close: () => file.close(),
    };
  });
}

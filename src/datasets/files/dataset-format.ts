import { extname } from 'node:path';
import type { Delimiters } from '../../data/read-table.js';
import { describe } from '../../describe.js';
import { InputError } from '../../errors.js';

/** The file formats of training data. */
export const DATASET_FORMATS = ['jsonl', 'json', 'csv', 'tsv', 'parquet'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

/**
 * The format of a file by the extension of its name.
 *
 * @throws InputError if the extension names no format
 */
export function datasetFormat(path: string): DatasetFormat {
  const end = extname(path).toLowerCase().slice(1);
  const format = end === 'ndjson' ? 'jsonl' : DATASET_FORMATS.find((name) => name === end);
  if (format !== undefined) return format;
  throw new InputError(
    `${path}: the name ends in ${describe(end)}; expected ${DATASET_FORMATS.join(', ')}, or give the format`,
  );
}

/** How each table format separates cells. */
export const TABLES = {
  csv: { between: ',', quotes: true },
  tsv: { between: '\t', quotes: false },
} as const satisfies Readonly<Record<string, Delimiters>>;

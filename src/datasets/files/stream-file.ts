import { aPath, checkArguments } from '../../arguments.js';
import { checkInput, linesOf, sourceOf, STANDARD } from '../../data/lines.js';
import { type Delimiters, recordsOf } from '../../data/read-table.js';
import { InputError } from '../../errors.js';
import { nullable, oneOf, type OptionRules, resolveOptions } from '../../options.js';
import type { IterableDataset, PlacedRow, Row } from '../dataset.js';
import { datasetFormat, TABLES } from './dataset-format.js';
import { jsonRow } from './json-row.js';
import { headerOf, tableRow } from './table-row.js';

/** Formats that are read row by row. */
const STREAMED = ['jsonl', 'csv', 'tsv'] as const;
export type StreamedFormat = (typeof STREAMED)[number];

export interface StreamFileOptions {
  /** Default: the format of the file's extension; JSONL for standard input. */
  readonly format?: StreamedFormat | null;
}

const RULES: OptionRules<Required<StreamFileOptions>> = { format: nullable(oneOf(STREAMED)) };

type Read = AsyncGenerator<PlacedRow | InputError>;

/**
 * The rows of a file from front to back, for a file that cannot be read in any order, such as a pipe. `-` is standard input,
 * which can be read once. Rows are shuffled only within the shuffle buffer; `readDataset` shuffles a whole file.
 *
 * @throws InputError if the format cannot be read row by row
 * @throws OptionError for options that are unknown or of the wrong type
 */
export function streamFile(path: string, options: StreamFileOptions = {}): IterableDataset {
  checkArguments('streamFile', { path: aPath }, { path });
  const { format } = resolveOptions('streamFile', RULES, options);
  const named = format ?? (path === STANDARD ? 'jsonl' : datasetFormat(path));
  const streamed = STREAMED.find((name) => name === named);
  if (streamed === undefined) {
    throw new InputError(
      `${path}: ${named} is not read row by row; expected ${STREAMED.join(', ')}, or readDataset`,
    );
  }
  let isUsedUp = false;
  return {
    async *open() {
      if (isUsedUp) {
        throw new InputError(
          'standard input can be read only once, but another epoch needs it again; train for one epoch',
        );
      }
      isUsedUp = path === STANDARD;
      await checkInput(path);
      yield* streamed === 'jsonl' ? jsonRows(path) : tableRows(path, TABLES[streamed]);
    },
  };
}

async function* jsonRows(path: string): Read {
  let number = 0;
  for await (const line of linesOf(path)) {
    const place = `${sourceOf(path)}:${++number}`;
    if (line.trim() !== '') yield rowOrError(() => jsonRow(line, place), place);
  }
}

async function* tableRows(path: string, delimiters: Delimiters): Read {
  let columns: readonly string[] | undefined;
  for await (const { text, line } of recordsOf(linesOf(path), sourceOf(path), delimiters)) {
    const place = `${sourceOf(path)}:${line}`;
    if (columns === undefined) {
      columns = headerOf(text, delimiters, place);
      continue;
    }
    const names = columns;
    yield rowOrError(() => tableRow(text, names, delimiters, place), place);
  }
}

function rowOrError(read: () => Row, place: string): PlacedRow | InputError {
  try {
    return { row: read(), place };
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkInput, LONGEST_LINE } from '../../data/lines.js';
import { InputError, WriteError } from '../../errors.js';
import { arrayDataset, type Dataset, type Row } from '../dataset.js';
import { jsonRow } from './json-row.js';
import { type ParquetFile, openParquet } from './parquet-library.js';
import { RecordFile } from './record-file.js';

/** Rows of up to this many uncompressed bytes are held in memory. */
const MOST_HELD = LONGEST_LINE;
/**
 * Reads a Parquet file. Only whole row groups can be decoded, so rows cannot be read from it in any order. Up to 64 MiB are
 * held in memory. A larger file is written once, one row group at a time, to a temporary file, which disappears when the data
 * set is closed or the process ends.
 *
 * @throws InputError if the file is not a Parquet file, or is truncated
 */
export async function readParquet(path: string, mostHeld = MOST_HELD): Promise<Dataset> {
  await checkInput(path);
  const { size } = await stat(path);
  if (size === 0) throw new InputError(`${path} is empty; expected a Parquet file`);
  const file = await openParquet(path);
  if (file.rows === 0) throw new InputError(`${path} has no rows; expected at least one`);
  const placeOf = (index: number): string => `${path}: row ${index}`;
  if (file.bytes <= mostHeld) {
    const rows: Row[] = [];
    for await (const some of rowsOf(file)) rows.push(...some);
    return { ...arrayDataset(rows), columns: file.columns, placeOf };
  }
  const records = await spooled(file);
  return {
    columns: file.columns,
    length: file.rows,
    rows: async (indices) =>
      (await records.read(indices)).map((line, at) => jsonRow(line, placeOf(indices[at] as number))),
    placeOf,
    close: () => records.close(),
  };
}

async function* rowsOf(file: ParquetFile): AsyncGenerator<Row[]> {
  let begin = 0;
  for (const rows of file.parts) yield await file.read(begin, (begin += rows));
}

/** Writes all rows as lines of a file. The file loses its name once it is open, so nothing is left of it afterwards. */
async function spooled(file: ParquetFile): Promise<RecordFile> {
  const folder = await mkdtemp(join(tmpdir(), 'sparse-encoder-rows-'));
  const path = join(folder, 'rows.jsonl');
  try {
    const written = await open(path, 'wx');
    try {
      for await (const rows of rowsOf(file)) {
        for (const row of rows) await written.write(`${JSON.stringify(row)}\n`);
      }
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new WriteError(path, error as NodeJS.ErrnoException);
    } finally {
      await written.close();
    }
    return await RecordFile.open(path, { quotes: false });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

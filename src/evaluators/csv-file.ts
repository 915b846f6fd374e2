import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WriteError } from '../errors.js';
import { isMissing } from '../files/is-missing.js';
import { warn } from '../warnings.js';

export type CsvCell = readonly [column: string, value: number];

/**
 * Appends a row to a CSV file; a new file gets a line of column names first. If the file has other columns, for
 * instance because the model's similarity function has changed, the row goes to a file of its own, `NAME-2.csv`.
 *
 * @throws WriteError if the file cannot be written
 */
export async function appendCsvRow(path: string, cells: readonly CsvCell[]): Promise<void> {
  const header = cells.map(([column]) => column).join(',');
  const row = cells.map(([, value]) => String(value)).join(',');
  for (let number = 1, place = path; ; place = path.replace(/\.csv$/, `-${++number}.csv`)) {
    const before = await writing(place, () => textOf(place));
    if (before !== '' && before.split(/\r?\n/, 1)[0] !== header) {
      warn(`${place} has other columns than this evaluation, whose row is written to another file`);
      continue;
    }
    // A process that was killed may have left half a row.
    const begin = before === '' ? `${header}\n` : before.endsWith('\n') ? '' : '\n';
    await writing(place, async () => {
      await mkdir(dirname(place), { recursive: true });
      await appendFile(place, `${begin}${row}\n`);
    });
    return;
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new WriteError(path, error as NodeJS.ErrnoException);
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

import { readFile } from 'node:fs/promises';
import { checkInput, LONGEST_LINE } from '../../data/lines.js';
import { parseJsonLines } from '../../data/parse-json-line.js';
import { InputError } from '../../errors.js';
import { arrayDataset, type Dataset } from '../dataset.js';
import { asRow } from './json-row.js';

/** Reads a file with an array of objects, and holds it in memory. */
export async function readJsonArray(path: string): Promise<Dataset> {
  await checkInput(path);
  const bytes = await readFile(path);
  if (bytes.length > LONGEST_LINE) {
    throw new InputError(
      `${path}: an array of more than ${LONGEST_LINE / 2 ** 20} MiB; write it as JSONL, an object a line`,
    );
  }
  const array = parseJsonLines(textOf(bytes, path).split('\n'), path);
  if (!Array.isArray(array)) throw new InputError(`${path}: expected an array of objects`);
  const placeOf = (index: number): string => `${path}[${index}]`;
  if (array.length === 0) throw new InputError(`${path} has no rows; expected at least one`);
  const rows = array.map((value, index) => asRow(value, placeOf(index)));
  return { ...arrayDataset(rows), placeOf };
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`${path}: the file is not valid UTF-8`, { cause });
  }
}

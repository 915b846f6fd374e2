import { type FileHandle, open } from 'node:fs/promises';
import { checkInput, sourceOf } from '../../data/lines.js';
import { InputError } from '../../errors.js';
import { indexRecords, type RecordIndex } from './record-index.js';

/** Neighbouring records are read together, up to this many bytes. */
const MOST_AT_ONCE = 2 ** 23;

/** A file whose records can be read in any order. It stays open, and holds the position of each record in 16 bytes. */
export class RecordFile {
  readonly source: string;
  readonly length: number;
  readonly #file: FileHandle;
  readonly #index: RecordIndex;
  readonly #version: string;

  private constructor(source: string, file: FileHandle, index: RecordIndex, version: string) {
    this.source = source;
    this.length = index.lines.length;
    this.#file = file;
    this.#index = index;
    this.#version = version;
  }

  /**
   * @param quotes whether a quoted record may span several lines
   * @throws InputError if there is no such file, and as `indexRecords`
   */
  static async open(path: string, options: { readonly quotes: boolean }): Promise<RecordFile> {
    await checkInput(path);
    const file = await open(path);
    try {
      const version = await versionOf(file);
      return new RecordFile(path, file, await indexRecords(file, sourceOf(path), options), version);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The file and line of a record. */
  placeOf(record: number): string {
    return `${this.source}:${this.#index.lines[record]}`;
  }

  /**
   * The records, in the order of the indices.
   *
   * @throws InputError if a record is not UTF-8, or if the file was changed since it was opened
   */
  async read(records: readonly number[]): Promise<string[]> {
    const absent = records.find((record) => !(record in this.#index.lines));
    if (absent !== undefined) {
      throw new InputError(
        `${this.source} has no record ${absent}; expected a whole number below ${this.length}`,
      );
    }
    if ((await versionOf(this.#file)) !== this.#version) {
      throw new InputError(
        `${this.source} was changed while it was read; expected the file as it was opened`,
      );
    }
    const read = this.#runs(records).map(async (run) => {
      const begin = this.#begin(run[0] as number);
      const bytes = Buffer.allocUnsafe(this.#begin((run.at(-1) as number) + 1) - begin);
      await this.#file.read(bytes, 0, bytes.length, begin);
      return run.map((record) =>
        this.#decode(bytes.subarray(this.#begin(record) - begin, this.#begin(record + 1) - begin), record),
      );
    });
    return (await Promise.all(read)).flat();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #begin(record: number): number {
    return this.#index.begins[record] as number;
  }

  /** Groups consecutive indices, whose records lie next to each other. */
  #runs(records: readonly number[]): number[][] {
    const runs: number[][] = [];
    for (const record of records) {
      const run = runs.at(-1);
      const follows = run !== undefined && record === (run.at(-1) as number) + 1;
      if (follows && this.#begin(record + 1) - this.#begin(run[0] as number) <= MOST_AT_ONCE) {
        run.push(record);
      } else runs.push([record]);
    }
    return runs;
  }

  #decode(bytes: Buffer, record: number): string {
    try {
      // Empty lines are stored with the record before them.
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/(?:\r?\n[^\S\n]*)+$|\r$/, '');
    } catch (cause) {
      throw new InputError(`${this.placeOf(record)}: the line is not valid UTF-8`, { cause });
    }
  }
}

async function versionOf(file: FileHandle): Promise<string> {
  const { size, mtimeMs } = await file.stat();
  return `${size} ${mtimeMs}`;
}

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { linesOf } from '../data/lines.js';
import { parseJsonLine } from '../data/parse-json-line.js';
import { readTable } from '../data/read-table.js';
import { idIn } from '../data/text-id.js';
import { InputError } from '../errors.js';
import { isMissing } from '../files/is-missing.js';
import { preview } from '../files/preview.js';

/** A judgement of a document for a query. */
export interface Qrel {
  readonly query: string;
  readonly document: string;
  /** 0: not relevant; above 0: relevant. */
  readonly grade: number;
  /** File and line. */
  readonly where: string;
}

const DEFAULT_SPLIT = 'test';

/**
 * The file with the judgements of a task: `qrels.jsonl`, or a file of the folder `qrels`, as in BEIR. Of several files
 * it is the one of the split, by default `test.tsv`.
 *
 * @throws InputError that says which files there are
 */
export async function qrelsFile(folder: string, split: string | undefined): Promise<string> {
  const [file, qrels] = [join(folder, 'qrels.jsonl'), join(folder, 'qrels')];
  const splits = await splitsIn(qrels);
  const isFile = (await stat(file).catch(() => undefined))?.isFile() === true;
  if (splits === undefined) {
    if (!isFile) throw new InputError(`there is no file ${file} and no folder ${qrels}`);
    if (split === undefined) return file;
    throw new InputError(`there is no folder ${qrels} with a split "${split}"`);
  }
  if (isFile && split === undefined) {
    throw new InputError(`there are both ${file} and ${qrels}; name a split, or remove one of them`);
  }
  const [only] = splits;
  const chosen = split ?? (splits.length === 1 ? only : DEFAULT_SPLIT);
  if (chosen !== undefined && splits.includes(chosen)) return join(qrels, `${chosen}.tsv`);
  const known = splits.length === 0 ? 'no .tsv file' : splits.map((each) => `${each}.tsv`).join(', ');
  throw new InputError(`${qrels} has ${known}; expected ${chosen ?? DEFAULT_SPLIT}.tsv`);
}

async function splitsIn(folder: string): Promise<string[] | undefined> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.tsv'));
    return names.map((name) => name.slice(0, -'.tsv'.length)).toSorted();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Reads judgements: lines {"query_id", "corpus_id"} with an optional "score", or a table of tabs with the columns
 * query-id, corpus-id and score. Without a score the grade is 1.
 *
 * @throws InputError that names file and line, also for a negative grade, and for a document that is judged twice for a
 *   query, differently
 */
export async function* readQrels(file: string): AsyncGenerator<Qrel> {
  const grades = new Map<string, number>();
  for await (const qrel of file.endsWith('.tsv') ? rowsOfTable(file) : rowsOfJsonLines(file)) {
    const pair = JSON.stringify([qrel.query, qrel.document]);
    const before = grades.get(pair);
    if (before !== undefined && before !== qrel.grade) {
      throw new InputError(
        `${qrel.where}: document "${qrel.document}" has grade ${qrel.grade} for query "${qrel.query}", and ${before} before`,
      );
    }
    grades.set(pair, qrel.grade);
    if (before === undefined) yield qrel;
  }
  if (grades.size === 0) throw new InputError(`${file} has no lines; expected ${EXPECTED}`);
}

const EXPECTED = '{"query_id", "corpus_id"} in each, or a table of query-id, corpus-id and score';
const COLUMNS = ['query-id', 'corpus-id', 'score'] as const;

async function* rowsOfTable(file: string): AsyncGenerator<Qrel> {
  const checkHeader = (names: readonly string[]): void => {
    if (COLUMNS.every((column) => names.includes(column))) return;
    throw new InputError(
      `${file}:1: the header is ${names.map((name) => preview(name)).join(', ')}; expected ${COLUMNS.join(', ')}`,
    );
  };
  const delimiters = { between: '\t', quotes: false } as const;
  for await (const { cells, line } of readTable(linesOf(file), file, delimiters, checkHeader)) {
    const [query = '', document = '', score = ''] = COLUMNS.map((column) => cells.get(column));
    const where = `${file}:${line}`;
    yield {
      query,
      document,
      grade: gradeOf(score.trim() === '' ? Number.NaN : Number(score), score, where),
      where,
    };
  }
}

async function* rowsOfJsonLines(file: string): AsyncGenerator<Qrel> {
  let number = 0;
  for await (const line of linesOf(file)) {
    const where = `${file}:${++number}`;
    if (line.trim() === '') continue;
    const value = parseJsonLine(line, where);
    if (typeof value !== 'object' || value === null) {
      throw new InputError(`${where}: expected {"query_id", "corpus_id"}`);
    }
    const [query, document] = ['query_id', 'corpus_id'].map((key) => idIn(value, key, line, where));
    if (query === undefined || document === undefined) {
      throw new InputError(`${where}: expected {"query_id", "corpus_id"}`);
    }
    const { score = 1 } = value as { readonly score?: unknown };
    yield { query: String(query), document: String(document), grade: gradeOf(score, score, where), where };
  }
}

function gradeOf(grade: unknown, given: unknown, where: string): number {
  if (Number.isSafeInteger(grade) && (grade as number) >= 0) return grade as number;
  throw new InputError(`${where}: the score is ${preview(given)}; expected a whole number of at least 0`);
}

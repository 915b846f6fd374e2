import { aString, checkArguments, iterable } from '../../arguments.js';
import { counted } from '../../counted.js';
import { parseJsonLine } from '../../data/parse-json-line.js';
import { idIn, type TextId } from '../../data/text-id.js';
import { InputError } from '../../errors.js';
import { quoted } from '../../printable.js';
import { sparseFromRows, type SparseEntry } from '../from-rows.js';
import type { SparseMatrix } from '../sparse-matrix.js';
import type { PayloadTokenizer } from './payload.js';

export interface ReadPayloadOptions {
  /** The name of the source in messages, such as a path. */
  readonly source: string;
  /** Number of dimensions. Default: the largest index plus one. */
  readonly columns?: number;
  /** Needed for lines of tokens. */
  readonly tokenizer?: PayloadTokenizer;
}

export interface ReadPayloads {
  readonly matrix: SparseMatrix;
  /** The id of each row. A line without an id gets its number, from 0. */
  readonly ids: readonly TextId[];
}

interface Line {
  readonly id: TextId | undefined;
  readonly entries: readonly SparseEntry[];
}

const LINES = iterable('an iterable of lines');

/**
 * Reads embeddings from lines of the formats `jsonl` and `jsonl-tokens`, which may be mixed. Empty lines and unknown
 * keys are skipped.
 *
 * @throws InputError for a line in neither format; it names source, line and, if the line is not JSON, column
 */
export async function readJsonLines(
  lines: AsyncIterable<string> | Iterable<string>,
  options: ReadPayloadOptions,
): Promise<ReadPayloads> {
  checkArguments('readJsonLines', { lines: LINES, source: aString }, { lines, source: options?.source });
  const rows: (readonly SparseEntry[])[] = [];
  const ids: TextId[] = [];
  let number = 0;
  let largest = -1;
  for await (const text of lines) {
    const where = `${options.source}:${++number}`;
    checkArguments(where, { line: aString }, { line: text });
    if (text.trim() === '') continue;
    const { id, entries } = readLine(text, where, options);
    ids.push(id ?? rows.length);
    rows.push(entries);
    for (const [index] of entries) largest = Math.max(largest, index);
  }
  return { matrix: sparseFromRows(rows, options.columns ?? largest + 1), ids };
}

function readLine(text: string, where: string, { columns, tokenizer }: ReadPayloadOptions): Line {
  const value = parseJsonLine(text, where);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(`${where}: expected an object with "indices" and "values", or with "tokens"`);
  }
  const { indices, values, tokens } = value as Record<string, unknown>;
  const id = idIn(value, 'id', text, where);
  const entries =
    tokens === undefined
      ? entriesOfArrays(indices, values, where)
      : entriesOfTokens(tokens, tokenizer, where);
  checkEntries(entries, columns ?? 2 ** 32 - 1, where);
  return { id, entries };
}

function entriesOfArrays(indices: unknown, values: unknown, where: string): SparseEntry[] {
  if (!isNumbers(indices) || !isNumbers(values)) {
    throw new InputError(`${where}: expected "indices" and "values", each an array of numbers, or "tokens"`);
  }
  if (indices.length !== values.length) {
    throw new InputError(
      `${where}: ${counted(indices.length, 'index', 'indices')} and ${counted(values.length, 'value')}; expected equal numbers`,
    );
  }
  return indices.map((index, i) => [index, values[i] as number]);
}

function entriesOfTokens(
  tokens: unknown,
  tokenizer: PayloadTokenizer | undefined,
  where: string,
): SparseEntry[] {
  if (tokenizer === undefined) {
    throw new InputError(`${where}: an embedding by tokens; give the model's tokenizer`);
  }
  if (typeof tokens !== 'object' || tokens === null || Array.isArray(tokens)) {
    throw new InputError(`${where}: "tokens" is not an object of weights by token`);
  }
  return Object.entries(tokens).map(([token, weight]) => {
    const index = tokenizer.tokenToId(token) ?? indexOfName(token);
    if (index === undefined) {
      throw new InputError(`${where}: ${quoted(token)} is not a token of the vocabulary`);
    }
    if (typeof weight !== 'number') {
      throw new InputError(`${where}: the weight of ${quoted(token)} is not a number`);
    }
    return [index, weight];
  });
}

/** The index in the name `_id_31000` of a dimension without a token. */
function indexOfName(name: string): number | undefined {
  const index = /^_id_(\d+)_*$/.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number');
}

/** The checks of `sparseFromRows`, with the line in messages. */
function checkEntries(entries: readonly SparseEntry[], columns: number, where: string): void {
  const seen = new Set<number>();
  for (const [index, value] of entries) {
    if (!(Number.isInteger(index) && index >= 0 && index < columns)) {
      throw new InputError(`${where}: index ${index}; expected a whole number from 0 to ${columns - 1}`);
    }
    if (seen.has(index)) {
      throw new InputError(`${where}: index ${index} occurs twice; expected each index once`);
    }
    if (!Number.isFinite(Math.fround(value))) {
      throw new InputError(
        `${where}: index ${index} has the value ${value}; expected one that is finite in float32`,
      );
    }
    seen.add(index);
  }
}

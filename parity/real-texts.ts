import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFormat, type FormatId } from '../src/api/losses.js';
/**
 * Batches of real text for the parity run: texts of the fixtures' `wordnet`, embedded by the reference's own
 * SparseEncoder (`reference/texts.py`), with the labels of their format.
 */
import { counted } from '../src/counted.js';
import { columnNames, LABEL_COLUMNS } from '../src/losses/catalog.js';
import type { Reference } from '../src/python/bridge.js';
import { environmentsFolder } from '../src/python/managed-environment.js';
import { fixturesFolder } from './fixtures.js';

type Row = Readonly<Record<string, string | number | readonly number[]>>;

interface Source {
  readonly file: string;
  readonly columns: readonly string[];
  /** The column of numeric labels. */
  readonly label?: string;
  /**
   * The texts whose embeddings are the labels. The teacher embeddings in the files have the teacher's width, but the
   * losses compare with the student's width. So the student's embedding of another text with the same meaning is used:
   * one text gives a label [batch, dims], one text per column gives [batch, columns, dims].
   */
  readonly labelTexts?: (row: Row) => readonly string[];
  readonly labelPerColumn?: boolean;
}

/** Negatives per row if the format allows any number. */
const NEGATIVES_PER_ROW = 4;

const SOURCES = {
  ...fromTable(
    'pair',
    'triplet',
    'n-tuple',
    'scored-pair',
    'margin-triplet',
    'scored-triplet',
    'margin-n-tuple',
    'scored-n-tuple',
  ),
  // The definition learns the embedding of its word.
  embedding: {
    file: 'embedding-pair',
    columns: ['text_1'],
    labelTexts: (row) => [textOf(row, 'text_2')],
  },
  // Definition and word both learn the embedding of "word: definition".
  'embedding-shared': {
    file: 'embedding-pair',
    columns: ['text_1', 'text_2'],
    labelTexts: (row) => [`${textOf(row, 'text_2')}: ${textOf(row, 'text_1')}`],
  },
  // The definition learns the embedding of its word, and the word the embedding of its definition.
  'embedding-per-column': {
    file: 'embedding-pair',
    columns: ['text_1', 'text_2'],
    labelTexts: (row) => [textOf(row, 'text_2'), textOf(row, 'text_1')],
    labelPerColumn: true,
  },
} as const satisfies Record<string, Source>;

/** Formats whose file has the columns and labels of the loss table. */
function fromTable<Id extends FormatId>(...ids: readonly Id[]): Record<Id, Source> {
  const sources = ids.map((id): [Id, Source] => {
    const format = dataFormat(id);
    const more = format.numbered === undefined ? 0 : NEGATIVES_PER_ROW;
    const columns = columnNames(format, format.columns.length + more);
    const label = format.labels === 'none' ? {} : { label: LABEL_COLUMNS[format.labels] };
    return [id, { file: id, columns, ...label }];
  });
  return Object.fromEntries(sources) as Record<Id, Source>;
}

/** Ids of the loss table (`src/losses/catalog.ts`). */
export type RealFormat = keyof typeof SOURCES;

export const REAL_FORMATS = Object.keys(SOURCES) as RealFormat[];

export interface RealColumn {
  readonly rows: number;
  readonly dims: number;
  readonly data: Float32Array;
}

export interface RealBatch {
  readonly columns: readonly RealColumn[];
  readonly labels?: { readonly shape: readonly number[]; readonly data: Float32Array };
}

export interface RealTexts {
  /** The rows `start` to `start + rows` (exclusive) of a format. Throws a RangeError for rows that were not loaded. */
  batch(format: RealFormat, rows: number, start?: number): RealBatch;
}

export interface LoadOptions {
  /** The first row to load of each format. Default 0. */
  readonly start?: number;
  /** Default: all. */
  readonly formats?: readonly RealFormat[];
  /** Where the reference stores the model between runs (91 MB). Default: beside its environment. */
  readonly cache?: string;
  readonly deadlineMs?: number;
}

const EMBEDDINGS = 'embeddings';
const DEADLINE_MS = 120_000;

/** Embeds `rowsPerFormat` rows of each format in one call of the reference. */
export async function loadRealTexts(
  reference: Pick<Reference, 'call'>,
  rowsPerFormat: number,
  options: LoadOptions = {},
): Promise<RealTexts> {
  const {
    start = 0,
    formats = REAL_FORMATS,
    cache = environmentsFolder(),
    deadlineMs = DEADLINE_MS,
  } = options;
  const rowsOf = new Map(formats.map((format) => [format, readRows(format, rowsPerFormat, start)]));
  const texts = new Set<string>();
  for (const [format, rows] of rowsOf) {
    for (const text of rows.flatMap((row) => textsOf(SOURCES[format], row))) texts.add(text);
  }

  const request = { meta: { cache, texts: { [EMBEDDINGS]: [...texts] } }, tensors: {} };
  const { tensors } = await reference.call('texts.embed', request, { deadlineMs });
  const embed = lookUp([...texts], tensors[EMBEDDINGS]);

  return {
    batch(format, count, first = 0) {
      const loaded = rowsOf.get(format) ?? [];
      const rows = loaded.slice(first - start, first - start + count);
      if (first < start || count < 1 || rows.length < count) {
        throw new RangeError(
          `rows ${first} to ${first + count - 1} of ${format} were asked for; ${loaded.length} from row ${start} are loaded`,
        );
      }
      return batchOf(SOURCES[format], rows, embed);
    },
  };
}

/** Computes the embeddings of some texts, one after another. */
type Embed = (texts: readonly string[]) => RealColumn;

function batchOf(source: Source, rows: readonly Row[], embed: Embed): RealBatch {
  const columns = source.columns.map((column) => embed(rows.map((row) => textOf(row, column))));
  const { label, labelTexts } = source;
  if (labelTexts !== undefined) {
    const { data, dims } = embed(rows.flatMap(labelTexts));
    const shape = source.labelPerColumn === true ? [rows.length, columns.length, dims] : [rows.length, dims];
    return { columns, labels: { shape, data } };
  }
  if (label === undefined) return { columns };
  const data = Float32Array.from(rows.flatMap((row) => numbersOf(row, label)));
  const scoresPerRow = data.length / rows.length;
  return {
    columns,
    labels: { shape: scoresPerRow === 1 ? [rows.length] : [rows.length, scoresPerRow], data },
  };
}

function lookUp(
  texts: readonly string[],
  tensor: { shape: number[]; data: ArrayLike<unknown> } | undefined,
): Embed {
  const [count, dims] = tensor?.shape ?? [];
  if (!(tensor?.data instanceof Float32Array) || count !== texts.length || dims === undefined) {
    throw new TypeError(
      `texts.embed returned ${tensor === undefined ? 'nothing' : `shape [${tensor.shape.join(', ')}]`}; ` +
        `expected float32 [${texts.length}, vocabulary]`,
    );
  }
  const { data } = tensor;
  const rowOf = new Map(texts.map((text, row) => [text, row]));
  return (wanted) => {
    const embeddings = new Float32Array(wanted.length * dims);
    wanted.forEach((text, index) => {
      const row = rowOf.get(text);
      if (row === undefined) throw new RangeError(`${JSON.stringify(text)} was not embedded`);
      embeddings.set(data.subarray(row * dims, (row + 1) * dims), index * dims);
    });
    return { rows: wanted.length, dims, data: embeddings };
  };
}

function readRows(format: RealFormat, count: number, start: number): Row[] {
  const file = join(fixturesFolder(), 'wordnet', `${SOURCES[format].file}.jsonl`);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  if (
    !Number.isInteger(count) ||
    count < 1 ||
    !Number.isInteger(start) ||
    start < 0 ||
    start + count > lines.length
  ) {
    throw new RangeError(
      `${counted(count, 'row')} from row ${start} were asked for; ${format} has ${lines.length}, from row 0`,
    );
  }
  return lines.slice(start, start + count).map((line) => JSON.parse(line) as Row);
}

const textsOf = (source: Source, row: Row): string[] => [
  ...source.columns.map((column) => textOf(row, column)),
  ...(source.labelTexts?.(row) ?? []),
];

function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') {
    throw new TypeError(`column ${column} holds ${typeof value}, expected a text`);
  }
  return value;
}

function numbersOf(row: Row, column: string): readonly number[] {
  const value = row[column];
  if (typeof value === 'number') return [value];
  if (value === undefined || typeof value === 'string') {
    throw new TypeError(`column ${column} holds ${typeof value}, expected a number or a list of numbers`);
  }
  return value;
}

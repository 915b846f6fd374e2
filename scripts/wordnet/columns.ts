/** The files of the data set: the columns of each, in their order, and how many rows it holds. */
const NEGATIVES = ['negative_1', 'negative_2', 'negative_3', 'negative_4'] as const;

export const FILES = {
  pair: { columns: ['anchor', 'positive'], rows: 512 },
  triplet: { columns: ['anchor', 'positive', 'negative'], rows: 512 },
  'n-tuple': { columns: ['anchor', 'positive', ...NEGATIVES], rows: 512 },
  'scored-pair': { columns: ['sentence1', 'sentence2', 'score'], rows: 512 },
  'class-text': { columns: ['text', 'label'], rows: 512 },
  'class-pair': { columns: ['sentence1', 'sentence2', 'label'], rows: 510 },
  'margin-triplet': { columns: ['query', 'positive', 'negative', 'score'], rows: 512 },
  'scored-triplet': { columns: ['query', 'positive', 'negative', 'scores'], rows: 512 },
  'margin-n-tuple': { columns: ['query', 'positive', ...NEGATIVES, 'scores'], rows: 512 },
  'scored-n-tuple': { columns: ['query', 'positive', ...NEGATIVES, 'scores'], rows: 512 },
  embedding: { columns: ['text', 'label'], rows: 32 },
  'embedding-pair': { columns: ['text_1', 'text_2', 'label'], rows: 32 },
} as const satisfies Record<string, { columns: readonly string[]; rows: number }>;

export type FileName = keyof typeof FILES;
export type Row = Readonly<Record<string, string | number | readonly number[]>>;

/** One JSON object a line, the columns in their order. */
export function toJsonLines(file: FileName, rows: readonly Row[]): string {
  return rows
    .map((row) =>
      JSON.stringify(Object.fromEntries(FILES[file].columns.map((column) => [column, row[column]]))),
    )
    .map((line) => `${line}\n`)
    .join('');
}

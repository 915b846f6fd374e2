/**
 * The loss table: which losses learn from which data.
 *
 * This file is data. The README's table, `lossesFor`, the error text for a loss that meets data it cannot take, and the
 * cells of the parity suite are all derived from it.
 */

import { counted } from '../counted.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';

/** Labels of a batch of B rows with n negatives, embeddings of width D. */
export const LABELS = {
  none: 'none',
  score: 'one number per row: [B]',
  margin: 'score(query, positive) - score(query, negative): [B]',
  margins: 'score(query, positive) - score(query, negative_i), i = 1..n: [B, n]',
  scores: 'score(query, positive), score(query, negative_i), i = 1..n: [B, n + 1]',
  embedding: "a teacher's embedding, the target of every column: [B, D]",
  embeddings: "a teacher's embedding for each column: [B, columns, D]",
  class: 'a class',
} as const;

export type LabelKind = keyof typeof LABELS;

/** The column with labels of a kind, by its name in the examples of this package. */
export const LABEL_COLUMNS: Readonly<Record<Exclude<LabelKind, 'none'>, string>> = {
  score: 'score',
  margin: 'score',
  margins: 'scores',
  scores: 'scores',
  embedding: 'label',
  embeddings: 'label',
  class: 'label',
};

export interface DataFormat {
  readonly id: string;
  /** Names of the columns of text, in order. Only their number and order matter: a data set may use other names. */
  readonly columns: readonly string[];
  /**
   * More columns after these, `name_1`, `name_2`, ...: from `least` to `most` of them. `most` is unlimited by default.
   */
  readonly numbered?: { readonly name: string; readonly least: number; readonly most?: number };
  readonly labels: LabelKind;
  /** Labels come from another model. */
  readonly distillation: boolean;
  /** Class names of the losses, recommended ones first. */
  readonly losses: readonly string[];
  readonly recommended: readonly string[];
  /** For data that no loss takes directly: the function that converts it to another format. */
  readonly conversion?: { readonly to: string; readonly function: string };
}

export const DATA_FORMATS = [
  {
    id: 'pair',
    columns: ['anchor', 'positive'],
    labels: 'none',
    distillation: false,
    losses: ['SparseMultipleNegativesRankingLoss'],
    recommended: ['SparseMultipleNegativesRankingLoss'],
  },
  {
    id: 'triplet',
    columns: ['anchor', 'positive', 'negative'],
    labels: 'none',
    distillation: false,
    losses: ['SparseMultipleNegativesRankingLoss', 'SparseTripletLoss'],
    recommended: ['SparseMultipleNegativesRankingLoss'],
  },
  {
    id: 'n-tuple',
    columns: ['anchor', 'positive'],
    numbered: { name: 'negative', least: 1 },
    labels: 'none',
    distillation: false,
    losses: ['SparseMultipleNegativesRankingLoss'],
    recommended: ['SparseMultipleNegativesRankingLoss'],
  },
  {
    id: 'scored-pair',
    columns: ['sentence1', 'sentence2'],
    labels: 'score',
    distillation: false,
    losses: ['SparseCoSENTLoss', 'SparseAnglELoss', 'SparseCosineSimilarityLoss'],
    recommended: ['SparseCoSENTLoss', 'SparseAnglELoss'],
  },
  {
    id: 'class-text',
    columns: ['text'],
    labels: 'class',
    distillation: false,
    losses: [],
    recommended: [],
    conversion: { to: 'triplet', function: 'classTextsToTriplets' },
  },
  {
    id: 'class-pair',
    columns: ['sentence1', 'sentence2'],
    labels: 'class',
    distillation: false,
    losses: [],
    recommended: [],
    conversion: { to: 'triplet', function: 'classPairsToTriplets' },
  },
  {
    id: 'embedding',
    columns: ['text'],
    labels: 'embedding',
    distillation: true,
    losses: ['SparseMSELoss'],
    recommended: ['SparseMSELoss'],
  },
  {
    id: 'embedding-shared',
    columns: [],
    numbered: { name: 'text', least: 2 },
    labels: 'embedding',
    distillation: true,
    losses: ['SparseMSELoss'],
    recommended: ['SparseMSELoss'],
  },
  {
    id: 'embedding-per-column',
    columns: [],
    numbered: { name: 'text', least: 1 },
    labels: 'embeddings',
    distillation: true,
    losses: ['SparseMSELoss'],
    recommended: ['SparseMSELoss'],
  },
  {
    id: 'margin-triplet',
    columns: ['query', 'positive', 'negative'],
    labels: 'margin',
    distillation: true,
    losses: ['SparseMarginMSELoss'],
    recommended: ['SparseMarginMSELoss'],
  },
  {
    id: 'scored-triplet',
    columns: ['query', 'positive', 'negative'],
    labels: 'scores',
    distillation: true,
    losses: ['SparseMarginMSELoss', 'SparseDistillKLDivLoss'],
    recommended: ['SparseMarginMSELoss', 'SparseDistillKLDivLoss'],
  },
  {
    id: 'margin-n-tuple',
    columns: ['query', 'positive'],
    numbered: { name: 'negative', least: 1 },
    labels: 'margins',
    distillation: true,
    losses: ['SparseMarginMSELoss'],
    recommended: ['SparseMarginMSELoss'],
  },
  {
    id: 'scored-n-tuple',
    columns: ['query', 'positive'],
    numbered: { name: 'negative', least: 1 },
    labels: 'scores',
    distillation: true,
    losses: ['SparseMarginMSELoss', 'SparseDistillKLDivLoss'],
    recommended: ['SparseMarginMSELoss', 'SparseDistillKLDivLoss'],
  },
] as const satisfies readonly DataFormat[];

export type FormatId = (typeof DATA_FORMATS)[number]['id'];
export type BaseLossName = (typeof DATA_FORMATS)[number]['losses'][number];

/** The least number of text columns in data of this format. */
export function leastColumns({ columns, numbered }: DataFormat): number {
  return columns.length + (numbered?.least ?? 0);
}

/** The largest number of text columns in data of this format. */
export function mostColumns({ columns, numbered }: DataFormat): number {
  return columns.length + (numbered === undefined ? 0 : (numbered.most ?? Infinity));
}

/** Whether data of this format may have this number of text columns. */
export function takesColumns(format: DataFormat, count: number): boolean {
  return count >= leastColumns(format) && count <= mostColumns(format);
}

/** The names of `count` columns of this format, such as anchor, positive, negative_1, negative_2. */
export function columnNames({ columns, numbered }: DataFormat, count: number): readonly string[] {
  return Array.from({ length: count }, (_, place) =>
    place < columns.length ? (columns[place] as string) : `${numbered?.name}_${place - columns.length + 1}`,
  );
}

/** The columns of a format, for messages and tables. */
export function describeColumns({ columns, numbered }: DataFormat): string {
  const more = numbered === undefined ? [] : [`${numbered.name}_1`, '...', `${numbered.name}_n`];
  return `(${[...columns, ...more].join(', ')})`;
}

/** The losses that wrap base losses of the table. A regularizer and the reconstruction loss live inside them. */
export const WRAPPERS = {
  SpladeLoss: 'SPLADE and inference-free models: base loss + FLOPS regularizers',
  CachedSpladeLoss: 'the same for batches larger than memory',
  CSRLoss: 'CSR models (sparse auto-encoder): base loss + reconstruction',
} as const;

export type WrapperName = keyof typeof WRAPPERS;

const formats: readonly DataFormat[] = DATA_FORMATS;

/**
 * The format with this id.
 *
 * @throws InputError that lists the ids
 */
export function dataFormat(id: string): DataFormat {
  const format = formats.find((candidate) => candidate.id === id);
  if (format === undefined) {
    throw new InputError(
      `no data format ${describe(id)}; there are ${formats.map((known) => known.id).join(', ')}`,
    );
  }
  return format;
}

/** Class names of the losses that take data of this format, recommended ones first. */
export function lossesFor(format: FormatId): readonly string[] {
  return dataFormat(format).losses;
}

/** The formats that a base loss takes. */
export function formatsFor(loss: string): readonly DataFormat[] {
  return formats.filter((format) => format.losses.includes(loss));
}

/** For an error message: what this loss takes, and which losses take data with this number of columns. */
export function formatHint(loss: string, columns: number, labelled: boolean): string {
  const takes = formatsFor(loss).map(
    (format) => `${describeColumns(format)} with labels: ${LABELS[format.labels]}`,
  );
  if (takes.length === 0) return '';
  const others = formats
    .filter((format) => takesColumns(format, columns))
    .filter(({ labels }) => (labels !== 'none') === labelled)
    .flatMap((format) => format.losses)
    .filter((name) => name !== loss);
  const alternatives = [...new Set(others)];
  const hint = `${loss} takes ${takes.join('; or ')}.`;
  return alternatives.length === 0
    ? hint
    : `${hint} For ${counted(columns, 'column')} ${labelled ? 'with' : 'without'} labels there is ${alternatives.join(', ')}.`;
}

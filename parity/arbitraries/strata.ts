import { leastColumns, mostColumns } from '../../src/losses/catalog.js';
import type { CaseOptions } from '../case.js';
import type { Cell } from '../suite.js';
import { type Draft, rowOf, uniform } from './draft.js';

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A kind of data that a comparison must include, and how to turn a batch into such data. */
export interface Stratum {
  readonly id: string;
  readonly what: string;
  /** Share of a cell's cases. */
  readonly share: number;
  readonly applies?: (cell: Cell) => boolean;
  readonly batch?: Bounds;
  readonly dims?: Bounds;
  /** Columns beyond the format's minimum. */
  readonly moreColumns?: Bounds;
  /** Options that the data needs. */
  readonly force?: (cell: Cell, options: StratumOptions, seed: number) => StratumOptions;
  readonly shape?: (draft: Draft, options: StratumOptions, cell: Cell) => void;
}

export interface StratumOptions {
  readonly loss: CaseOptions;
  readonly wrapper: CaseOptions;
}

const hasLabels = ({ format }: Cell): boolean => format.labels !== 'none';
const hasThreshold = ({ loss, wrapper }: Cell): boolean =>
  loss === 'FlopsLoss' || wrapper.endsWith('SpladeLoss');
const hasCosine = ({ loss }: Cell): boolean =>
  ['SparseCoSENTLoss', 'SparseAnglELoss', 'SparseCosineSimilarityLoss', 'SparseTripletLoss'].includes(loss);
const manyColumns = ({ format }: Cell): boolean => mostColumns(format) > leastColumns(format);

export const STRATA = [
  { id: 'ordinary', what: 'sparse embeddings of unrelated rows', share: 4 },
  { id: 'signed', what: 'entries of both signs', share: 1, shape: alternateSigns },
  { id: 'zero-rows', what: 'rows without an active dimension', share: 1, shape: zeroRows },
  { id: 'one-active', what: 'one active dimension per row', share: 1, shape: oneActive },
  {
    id: 'equal-rows',
    what: 'rows that are equal within and across columns',
    share: 1,
    batch: { min: 3, max: 6 },
    shape: equalRows,
  },
  { id: 'equal-scores', what: 'all documents equal, so all scores tie', share: 1, shape: equalScores },
  { id: 'tied-maxima', what: 'negatives as near as their positive', share: 1, shape: tiedMaxima },
  { id: 'batch-of-one', what: 'a single row', share: 1, batch: { min: 1, max: 1 } },
  {
    id: 'many-columns',
    what: 'five to eight columns beyond the least',
    share: 1,
    applies: manyColumns,
    moreColumns: { min: 4, max: 7 },
  },
  { id: 'tied-labels', what: 'few different labels, or one', share: 1, applies: hasLabels, shape: tieLabels },
  {
    id: 'ambiguous-shape',
    what: 'as many rows as columns, so that label axes could be confused',
    share: 1,
    applies: hasLabels,
  },
  { id: 'tiny', what: 'magnitudes of 1e-4 to 1e-25', share: 1, shape: tiny },
  {
    id: 'near-floor',
    what: 'norms around 1e-8 and 1e-12, where cosines have their floors',
    share: 1,
    applies: hasCosine,
    shape: nearFloor,
  },
  { id: 'huge', what: 'magnitudes of 1e2 to 1e22', share: 1, shape: huge },
  {
    id: 'threshold-met',
    what: 'rows with just as many active dimensions as the threshold, one fewer, one more',
    share: 1,
    applies: hasThreshold,
    force: forceThresholds,
    shape: meetThreshold,
  },
  {
    id: 'wide',
    what: 'the 30,522 dimensions of a BERT vocabulary',
    share: 0.5,
    batch: { min: 1, max: 3 },
    dims: { min: 30522, max: 30522 },
    moreColumns: { min: 0, max: 1 },
  },
] as const satisfies readonly Stratum[];

export function strataOf(cell: Cell): Stratum[] {
  const strata: readonly Stratum[] = STRATA;
  return strata.filter((stratum) => stratum.applies?.(cell) ?? true);
}

function fillEmptyRows({ batch, dims, random }: Draft, columns: readonly Float32Array[]): void {
  for (const column of columns) {
    for (let row = 0; row < batch; row++) {
      const values = rowOf(column, row, dims);
      if (values.every((value) => value === 0)) {
        values[random.below(dims)] = Math.fround(0.5 + uniform(random));
      }
    }
  }
}

function alternateSigns({ columns, random }: Draft): void {
  for (const column of columns) {
    for (const [i, value] of column.entries()) column[i] = random.below(2) === 0 ? value : -value;
  }
}

function zeroRows({ columns, batch, dims, random }: Draft): void {
  for (const column of columns) {
    for (let row = 0; row < batch; row++) if (random.below(2) === 0) rowOf(column, row, dims).fill(0);
  }
}

/**
 * Rows of a pair share their dimension or not. The first pair does not, or every cosine could be constant to the last
 * bit.
 */
function oneActive({ columns, batch, dims, random }: Draft): void {
  const places = Array.from({ length: batch }, () => random.below(dims));
  for (const [index, column] of columns.entries()) {
    column.fill(0);
    for (const [row, place] of places.entries()) {
      const apart = index === 0 ? 0 : index === 1 && row === 0 ? 1 : random.below(2);
      rowOf(column, row, dims)[(place + apart) % dims] = Math.fround(0.5 + uniform(random));
    }
  }
}

function equalRows({ columns, batch, dims, random }: Draft): void {
  const [first] = columns;
  if (first === undefined) return;
  for (let row = 1; row < batch; row++) rowOf(first, row, dims).set(rowOf(first, 0, dims));
  for (const column of columns.slice(1)) {
    for (let row = 0; row < batch; row++) {
      if (random.below(3) > 0) rowOf(column, row, dims).set(rowOf(first, 0, dims));
    }
  }
}

/** Queries are not empty: over equal documents, a cosine's gradient of 1e12 would cancel to an arbitrary number. */
function equalScores(draft: Draft): void {
  const { columns, batch, dims } = draft;
  fillEmptyRows(draft, columns.slice(0, 1));
  const documents = columns.slice(1);
  const [first] = documents;
  if (first === undefined) return;
  const pattern = rowOf(first, 0, dims).slice();
  for (const column of documents) for (let row = 0; row < batch; row++) rowOf(column, row, dims).set(pattern);
}

function tiedMaxima({ columns, batch, dims, random }: Draft): void {
  const [, positives, ...negatives] = columns;
  if (positives === undefined) return;
  for (let row = 0; row < batch; row++) {
    for (const negative of negatives) {
      if (random.below(2) === 0) rowOf(negative, row, dims).set(rowOf(positives, random.below(batch), dims));
    }
    if (row > 0 && random.below(2) === 0) rowOf(positives, row, dims).set(rowOf(positives, row - 1, dims));
  }
}

function tieLabels({ labels, random }: Draft): void {
  if (labels === null) return;
  const values = random.below(3) === 0 ? [0.5] : [0, 1];
  for (let i = 0; i < labels.data.length; i++) labels.data[i] = random.pick(values);
}

function scaleBy({ columns }: Draft, factor: number): void {
  for (const column of columns) for (const [i, value] of column.entries()) column[i] = value * factor;
}

function tiny(draft: Draft): void {
  scaleBy(draft, 10 ** -(4 + draft.random.below(22)));
}

/** Norms from a tenth of the smaller floor to ten times the larger. */
function nearFloor(draft: Draft): void {
  scaleBy(draft, 10 ** -(7 + draft.random.below(8)));
}

/**
 * Magnitudes up to the overflow of float32, unless the reference has no comparable result there. The cached loss
 * replaces its first component by the total minus the others, which is NaN after an overflow. The log-sum-exp loses the
 * number of tied scores of 1e16 and more even in float64. In CoSENT's cumulative form each score ties with itself. So
 * no row is empty, and the magnitudes stay lower for CoSENT and if a positive score occurs in two blocks.
 */
function huge(draft: Draft, options: StratumOptions, { loss, wrapper }: Cell): void {
  fillEmptyRows(draft, draft.columns);
  const { directions } = options.loss;
  const twice = Array.isArray(directions) && directions.includes('doc_to_query');
  const cached = wrapper === 'CachedSpladeLoss';
  const most = twice || loss === 'SparseCoSENTLoss' ? 6 : cached ? 8 : 22;
  scaleBy(draft, 10 ** (2 + draft.random.below(most - 1)));
}

/** Both thresholds are set and different, and nothing suppresses their effect. */
function forceThresholds({ loss, wrapper }: Cell, options: StratumOptions, seed: number): StratumOptions {
  const documents = seed % 7;
  if (loss === 'FlopsLoss') return { ...options, loss: { threshold: documents } };
  if (wrapper === 'none') return options;
  const { documentRegularizer: _d, queryRegularizer: _q, ...rest } = options.wrapper;
  const thresholds = {
    documentRegularizerWeight: 1,
    queryRegularizerWeight: 0.5,
    documentRegularizerThreshold: documents,
    queryRegularizerThreshold: (documents + 1 + (seed % 5)) % 9,
  };
  return { ...options, wrapper: { ...rest, ...thresholds } };
}

function meetThreshold({ columns, batch, dims, random }: Draft, options: StratumOptions): void {
  const thresholds = [
    options.loss['threshold'],
    options.wrapper['documentRegularizerThreshold'],
    options.wrapper['queryRegularizerThreshold'],
  ];
  const given = thresholds.filter((value): value is number => typeof value === 'number');
  for (const [index, column] of columns.entries()) {
    const threshold = Math.floor((index === 0 ? given.at(-1) : given[0]) ?? 3);
    column.fill(0);
    for (let row = 0; row < batch; row++) {
      const active = Math.max(0, threshold + random.pick([-1, 0, 0, 1]));
      const places = random.shuffle(Array.from({ length: dims }, (_, i) => i)).slice(0, active);
      for (const place of places) rowOf(column, row, dims)[place] = Math.fround(0.25 + uniform(random));
    }
  }
}

import type { Arbitrary } from 'fast-check';
import type { DataFormat } from '../../src/api/losses.js';
import { leastColumns, mostColumns } from '../../src/losses/catalog.js';
import { type CaseColumn, type CaseOptions, type CaseTensor, floatTensor, type ParityCase } from '../case.js';
import { fc } from '../fast-check.js';
import type { Cell } from '../suite.js';
import { denseMatrix, type Draft, draftRandom, rowOf, sparseMatrix, uniform } from './draft.js';
import { lossOptions, wrapperOptions } from './options.js';
import type { Stratum } from './strata.js';

/** The ingredients of a case: small numbers that shrink towards a small case, and a seed for everything else. */
interface Recipe {
  readonly seed: number;
  readonly batch: number;
  readonly dims: number;
  readonly moreColumns: number;
  readonly density: number;
  readonly loss: CaseOptions;
  readonly wrapper: CaseOptions;
}

const MOST_EXTRA_COLUMNS = 7;

/** Cases of one cell and one stratum, built from the cell's row of the loss table. */
export function caseArbitrary(cell: Cell, stratum: Stratum): Arbitrary<ParityCase> {
  const { format } = cell;
  const spare = Math.min(mostColumns(format) - leastColumns(format), MOST_EXTRA_COLUMNS);
  const more = stratum.moreColumns ?? { min: 0, max: 2 };
  const recipe: Arbitrary<Recipe> = fc.record({
    seed: fc.noShrink(fc.nat()),
    batch: fc.integer(stratum.batch ?? { min: 1, max: 6 }),
    dims: fc.integer(stratum.dims ?? { min: 16, max: 96 }),
    moreColumns: fc.integer({ min: Math.min(more.min, spare), max: Math.min(more.max, spare) }),
    density: fc.constantFrom(0.2, 0.02, 0.6, 1),
    loss: lossOptions(cell),
    wrapper: wrapperOptions(cell),
  });
  return recipe.map((made) => buildCase(cell, stratum, made));
}

function buildCase(cell: Cell, stratum: Stratum, drawn: Recipe): ParityCase {
  const forced = stratum.force?.(cell, { loss: drawn.loss, wrapper: drawn.wrapper }, drawn.seed);
  const recipe: Recipe = { ...drawn, ...forced };
  const columnCount = leastColumns(cell.format) + recipe.moreColumns;
  const batch =
    stratum.id === 'ambiguous-shape' ? ambiguousBatch(cell.format, columnCount, recipe.batch) : recipe.batch;
  const { dims } = recipe;
  const random = draftRandom(recipe.seed);
  const density = dims > 1000 ? Math.min(recipe.density, 0.02) : recipe.density;
  const draft: Draft = {
    batch,
    dims,
    columns: Array.from({ length: columnCount }, () => sparseMatrix(random, batch, dims, density)),
    labels: null,
    random,
  };
  draft.labels = labelsFor(cell.format, draft);
  stratum.shape?.(draft, { loss: recipe.loss, wrapper: recipe.wrapper }, cell);
  return {
    loss: cell.loss,
    wrapper: cell.wrapper,
    format: cell.format.id,
    stratum: stratum.id,
    lossOptions: recipe.loss,
    wrapperOptions: recipe.wrapper,
    columns: draft.columns.map((data, index) => caseColumn(cell, stratum, recipe, draft, data, index)),
    labels: draft.labels === null ? null : labelTensor(cell, draft, recipe.loss),
  };
}

/** As many rows as columns, or as the labels have dimensions. */
function ambiguousBatch(format: DataFormat, columns: number, wish: number): number {
  const widths = [
    columns,
    ...(format.labels === 'margins' ? [columns - 2] : []),
    ...(format.labels === 'scores' ? [columns - 1] : []),
  ];
  return widths[wish % widths.length] ?? columns;
}

/** Labels of this format; null if it has none. */
export function labelsFor(format: DataFormat, { batch, dims, columns, random }: Draft): Draft['labels'] {
  const numbers = (...shape: number[]): Draft['labels'] => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => uniform(random)),
  });
  const embeddings = (...shape: number[]): Draft['labels'] => ({
    shape,
    data: sparseMatrix(random, batch * (shape.length - 1 === 2 ? columns.length : 1), dims, 0.3),
  });
  switch (format.labels) {
    case 'none':
    case 'class':
      return null;
    case 'score':
    case 'margin':
      return numbers(batch);
    case 'margins':
      return numbers(batch, columns.length - 2);
    case 'scores':
      return numbers(batch, columns.length - 1);
    case 'embedding':
      return embeddings(batch, dims);
    case 'embeddings':
      return embeddings(batch, columns.length, dims);
  }
}

/** Scores may have any number type, and one score per row may have any shape. */
function labelTensor({ format }: Cell, { labels, batch, random }: Draft, options: CaseOptions): CaseTensor {
  const { shape, data } = labels ?? { shape: [0], data: new Float32Array(0) };
  if (format.labels !== 'score') return floatTensor(shape, data);
  const anyShape = random.pick([shape, shape, [batch, 1], [1, batch]]);
  // A cosine of 1 may be rounded: at a label of 1 the sign of its absolute error would be arbitrary.
  if (options['lossFct'] === 'meanAbsoluteError') {
    return floatTensor(
      anyShape,
      data.map((value) => (value === 1 ? 0.75 : value)),
    );
  }
  const kind = random.below(4);
  if (kind === 0) {
    return { dtype: 'int32', shape: anyShape, data: Int32Array.from(data, (value) => Math.round(4 * value)) };
  }
  if (kind === 1) {
    return { dtype: 'bool', shape: anyShape, data: Uint8Array.from(data, (value) => Math.round(value)) };
  }
  return floatTensor(anyShape, data);
}

/** The embedding, with the features that a wrapper or an auto-encoder adds to it. */
function caseColumn(
  cell: Cell,
  stratum: Stratum,
  recipe: Recipe,
  draft: Draft,
  data: Float32Array,
  index: number,
): CaseColumn {
  const { batch, dims } = draft;
  const embedding = { sentenceEmbedding: floatTensor([batch, dims], data) };
  if ('miniBatchNumTokens' in recipe.wrapper) return { ...embedding, attentionMask: attentionMask(draft) };
  if (cell.wrapper !== 'CSRLoss' && cell.loss !== 'CSRReconstructionLoss') return embedding;
  const width = 8 + (recipe.seed % 9);
  const dense = (): CaseTensor => floatTensor([batch, width], reshapeDense(stratum, draft, width));
  return {
    ...embedding,
    sentenceEmbeddingBackbone: dense(),
    decodedEmbeddingK: dense(),
    decodedEmbedding4k: dense(),
    decodedEmbeddingAux: stratum.id !== 'equal-rows' && (recipe.seed + index) % 4 === 0 ? null : dense(),
    decodedEmbeddingKPreBias: dense(),
  };
}

/** Dense embeddings follow the stratum if it makes sense for them. */
function reshapeDense(stratum: Stratum, { batch, random }: Draft, width: number): Float32Array {
  const matrix = denseMatrix(random, batch, width);
  if (stratum.id === 'equal-rows') {
    for (let row = 1; row < batch; row++) rowOf(matrix, row, width).set(rowOf(matrix, 0, width));
  }
  const factor = { tiny: 1e-12, huge: 1e12 }[stratum.id] ?? 1;
  return matrix.map((value) => value * factor);
}

/** At least one token per row, padding on the right. The length differs from every number of dimensions. */
function attentionMask({ batch, random }: Draft): CaseTensor {
  const length = 9;
  const data = new Int32Array(batch * length);
  for (let row = 0; row < batch; row++) data.fill(1, row * length, row * length + 1 + random.below(length));
  return { dtype: 'int32', shape: [batch, length], data };
}

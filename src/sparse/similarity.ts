import { describe } from '../describe.js';
import { InputError, OptionError } from '../errors.js';
import { type Comparable, comparedMatrices } from './dense-rows.js';
import type { SparseMatrix } from './sparse-matrix.js';

export type SparseSimilarityName = 'cosine' | 'dot' | 'euclidean' | 'manhattan';

/** Row i of a with row j of b. Sums are float64, in the order of the indices. */
type RowSimilarity = (a: SparseMatrix, i: number, b: SparseMatrix, j: number) => number;

/** Smaller norms count as this, as in the dense functions. */
const SMALLEST_NORM = 1e-12;

/**
 * The results of the dense similarity functions, without dense rows:
 *
 * - dot: a_i . b_j
 * - cosine: with rows normalized as x / max(|x|, 1e-12), so a zero row has 0 with every other row. The reference
 *   divides sparse rows by |x| alone, which differs only for norms below 1e-12.
 * - euclidean: -|a_i - b_j|_2; manhattan: -|a_i - b_j|_1
 */
const ROW_SIMILARITIES: Readonly<Record<SparseSimilarityName, RowSimilarity>> = {
  cosine: (a, i, b, j) => dot(a, i, b, j) / (norm(a, i) * norm(b, j)),
  dot,
  euclidean: (a, i, b, j) => 0 - Math.sqrt(sumOfDifferences(a, i, b, j, (difference) => difference ** 2)),
  manhattan: (a, i, b, j) => 0 - sumOfDifferences(a, i, b, j, Math.abs),
};

export const SPARSE_SIMILARITIES = Object.keys(ROW_SIMILARITIES) as readonly SparseSimilarityName[];

/**
 * a [n, d], b [m, d] -> row-major [n, m], rounded to float32 at the end. An entry takes the time of walking two rows
 * once. Either operand may be dense.
 *
 * @throws InputError for different numbers of columns, invalid matrices, and dense operands that are not finite
 * @throws OptionError for an unknown name
 */
export function sparseSimilarity(
  name: SparseSimilarityName,
  left: Comparable,
  right: Comparable,
): Float32Array {
  const similarity = similarityOf(name);
  const [a, b] = comparedMatrices(left, right);
  requireSameColumns(a, b);
  const scores = new Float32Array(a.rows * b.rows);
  if (name === 'dot' || name === 'cosine') {
    fillProducts(scores, a, b, name === 'cosine');
    return scores;
  }
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) scores[i * b.rows + j] = similarity(a, i, b, j);
  }
  return scores;
}

/** The same as n rows of m similarities. */
export function sparseSimilarityRows(
  name: SparseSimilarityName,
  left: Comparable,
  right: Comparable,
): Float32Array[] {
  const [a, b] = comparedMatrices(left, right);
  const scores = sparseSimilarity(name, a, b);
  return Array.from({ length: a.rows }, (_, row) => scores.subarray(row * b.rows, (row + 1) * b.rows));
}

/**
 * a [n, d], b [n, d] -> [n], rounded to float32 at the end. Either operand may be dense.
 *
 * @throws InputError for different numbers of rows or columns, invalid matrices, and dense operands that are not finite
 * @throws OptionError for an unknown name
 */
export function sparsePairwiseSimilarity(
  name: SparseSimilarityName,
  left: Comparable,
  right: Comparable,
): Float32Array {
  const similarity = similarityOf(name);
  const [a, b] = comparedMatrices(left, right);
  requireSameColumns(a, b);
  if (a.rows !== b.rows) {
    throw new InputError(`matrices of ${a.rows} and ${b.rows} rows; expected equal numbers`);
  }
  return Float32Array.from({ length: a.rows }, (_, row) => similarity(a, row, b, row));
}

function similarityOf(name: SparseSimilarityName): RowSimilarity {
  const known = SPARSE_SIMILARITIES.find((each) => each === name);
  if (known !== undefined) return ROW_SIMILARITIES[known];
  throw new OptionError(
    `there is no similarity ${describe(name)}; there are ${SPARSE_SIMILARITIES.join(', ')}`,
  );
}

function requireSameColumns(a: SparseMatrix, b: SparseMatrix): void {
  if (a.columns !== b.columns) {
    throw new InputError(`matrices of ${a.columns} and ${b.columns} columns; expected equal numbers`);
  }
}

/** Each row of a is expanded once and then used for all rows of b: one step per entry, without branches. */
function fillProducts(scores: Float32Array, a: SparseMatrix, b: SparseMatrix, normalized: boolean): void {
  const weights = new Float64Array(a.columns);
  const norms = Float64Array.from({ length: b.rows }, (_, j) => (normalized ? norm(b, j) : 1));
  for (let i = 0; i < a.rows; i++) {
    const begin = a.indptr[i] as number;
    const end = a.indptr[i + 1] as number;
    for (let p = begin; p < end; p++) weights[a.indices[p] as number] = a.values[p] as number;
    const normOfA = normalized ? norm(a, i) : 1;
    for (let j = 0; j < b.rows; j++) {
      let sum = 0;
      for (let q = b.indptr[j] as number; q < (b.indptr[j + 1] as number); q++) {
        sum += (weights[b.indices[q] as number] as number) * (b.values[q] as number);
      }
      scores[i * b.rows + j] = sum / (normOfA * (norms[j] as number));
    }
    for (let p = begin; p < end; p++) weights[a.indices[p] as number] = 0;
  }
}

function norm({ indptr, values }: SparseMatrix, row: number): number {
  let squares = 0;
  for (let p = indptr[row] as number; p < (indptr[row + 1] as number); p++) {
    squares += (values[p] as number) ** 2;
  }
  return Math.max(Math.sqrt(squares), SMALLEST_NORM);
}

function dot(a: SparseMatrix, i: number, b: SparseMatrix, j: number): number {
  let p = a.indptr[i] as number;
  let q = b.indptr[j] as number;
  const endOfA = a.indptr[i + 1] as number;
  const endOfB = b.indptr[j + 1] as number;
  let sum = 0;
  while (p < endOfA && q < endOfB) {
    const difference = (a.indices[p] as number) - (b.indices[q] as number);
    if (difference === 0) sum += (a.values[p] as number) * (b.values[q] as number);
    if (difference <= 0) p++;
    if (difference >= 0) q++;
  }
  return sum;
}

/** Sum of f(a_ik - b_jk) over the dimensions of either row. Expanding the square would lose small distances. */
function sumOfDifferences(
  a: SparseMatrix,
  i: number,
  b: SparseMatrix,
  j: number,
  f: (difference: number) => number,
): number {
  let p = a.indptr[i] as number;
  let q = b.indptr[j] as number;
  const endOfA = a.indptr[i + 1] as number;
  const endOfB = b.indptr[j + 1] as number;
  let sum = 0;
  while (p < endOfA || q < endOfB) {
    const indexOfA = p < endOfA ? (a.indices[p] as number) : Infinity;
    const indexOfB = q < endOfB ? (b.indices[q] as number) : Infinity;
    const x = indexOfA <= indexOfB ? (a.values[p++] as number) : 0;
    const y = indexOfB <= indexOfA ? (b.values[q++] as number) : 0;
    sum += f(x - y);
  }
  return sum;
}

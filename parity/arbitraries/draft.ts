import { type Random, seededRandom } from '../../src/api/training.js';

/** A batch under construction: strata change it in place before it becomes a case. */
export interface Draft {
  readonly batch: number;
  readonly dims: number;
  /** [batch, dims] each */
  readonly columns: Float32Array[];
  /** Scores, margins or embeddings, depending on the format. */
  labels: { shape: number[]; data: Float32Array } | null;
  readonly random: Random;
}

/** In [0, 1), a multiple of 2^-24: every value is a float32. */
export function uniform(random: Random): number {
  return random.below(2 ** 24) / 2 ** 24;
}

/** Like the embeddings of a SPLADE model: some of the dimensions are active, with values between 0 and about 3. */
export function sparseMatrix(random: Random, rows: number, dims: number, density: number): Float32Array {
  return Float32Array.from({ length: rows * dims }, () =>
    uniform(random) < density ? Math.log1p(20 * uniform(random) ** 2) : 0,
  );
}

export function denseMatrix(random: Random, rows: number, dims: number): Float32Array {
  return Float32Array.from({ length: rows * dims }, () => 2 * uniform(random) - 1);
}

export function rowOf(matrix: Float32Array, row: number, dims: number): Float32Array {
  return matrix.subarray(row * dims, (row + 1) * dims);
}

export function draftRandom(seed: number): Random {
  return seededRandom(seed);
}

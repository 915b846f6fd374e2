import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '../random.js';

export type Matrix = readonly (readonly number[])[];

/** Entries between -1 and 1 that float32 holds exactly, so that a float64 formula sees the same numbers. */
export function randomMatrix(seed: number, rows: number, columns: number): Matrix {
  const random = seededRandom(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => (random.below(2 ** 21) + 0.5) / 2 ** 20 - 1),
  );
}

/** Several columns of a batch. */
export function randomColumns(seed: number, count: number, rows: number, dimensions: number): Matrix[] {
  return Array.from({ length: count }, (_, column) =>
    randomMatrix(100 * seed + column + 1, rows, dimensions),
  );
}

/** Like a sparse encoder's embeddings: most entries are 0, and none is negative. */
export function sparseMatrix(seed: number, rows: number, columns: number): Matrix {
  return randomMatrix(seed, rows, columns).map((row) => row.map((entry) => Math.max(0, entry)));
}

export function tensorOf(matrix: Matrix): tf.Tensor2D {
  return tf.tensor2d(matrix.map((row) => [...row]));
}

/** Replaces -0 by 0, because `toEqual` distinguishes them. */
export function matrixOf(tensor: tf.Tensor): Matrix {
  const [rows = 0, columns = 0] = tensor.shape;
  const values = tensor.dataSync();
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns), (value) => value + 0),
  );
}

/** The largest |a - b| over all entries; NaN if an entry is NaN. */
export function largestDifference(a: Matrix, b: Matrix): number {
  if (a.length !== b.length || a.some((row, i) => row.length !== b[i]?.length)) return Infinity;
  return a
    .flatMap((row, i) => row.map((entry, j) => Math.abs(entry - (b[i]?.[j] ?? NaN))))
    .reduce((largest, difference) => Math.max(largest, difference), 0);
}

/** The largest |entry| */
export function largestEntry(matrix: Matrix): number {
  return matrix.flat().reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0);
}

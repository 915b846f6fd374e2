/** The building blocks of the formulas on plain float64 numbers, independent of tfjs. */
import type { Matrix } from './matrices.js';

type Vector = readonly number[];

export const sum = (values: Vector): number => values.reduce((total, value) => total + value, 0);
export const mean = (values: Vector): number => sum(values) / values.length;

/** The value for every row index, [rows]. */
export const eachRow = (matrix: Matrix, value: (row: number) => number): number[] =>
  matrix.map((_, row) => value(row));

/** Row i; throws if it does not exist. */
export function rowOf(matrix: Matrix | undefined, row: number): Vector {
  const found = matrix?.[row];
  if (found === undefined) throw new RangeError(`no row ${row}`);
  return found;
}

/** Entry i; throws if it does not exist. */
export function entryOf(vector: Vector | undefined, index: number): number {
  const found = vector?.[index];
  if (found === undefined) throw new RangeError(`no entry ${index}`);
  return found;
}

export const dot = (a: Vector, b: Vector): number => sum(a.map((x, d) => x * entryOf(b, d)));
export const norm = (a: Vector): number => Math.sqrt(dot(a, a));
export const cosine = (a: Vector, b: Vector): number => dot(a, b) / (norm(a) * norm(b));
export const minus = (a: Vector, b: Vector): number[] => a.map((x, d) => x - entryOf(b, d));
export const euclidean = (a: Vector, b: Vector): number => norm(minus(a, b));
export const manhattan = (a: Vector, b: Vector): number => sum(minus(a, b).map(Math.abs));

/** |Re + Im| of sum_k z_k conj(w_k) / (|z| |w|), the halves of a vector being real and imaginary parts. */
export function angle(a: Vector, b: Vector): number {
  const half = Math.ceil(a.length / 2);
  const part = (v: Vector, index: number): number => v[index] ?? 0;
  let real = 0;
  let imaginary = 0;
  for (let k = 0; k < half; k++) {
    const [x, y] = [part(a, k), part(a, k + half)];
    const [u, v] = [part(b, k), part(b, k + half)];
    real += x * u + y * v;
    imaginary += y * u - x * v;
  }
  return Math.abs(real + imaginary) / (norm(a) * norm(b));
}

export function logSumExp(values: Vector): number {
  const max = Math.max(...values);
  return max === -Infinity ? max : max + Math.log(sum(values.map((value) => Math.exp(value - max))));
}

export const softmax = (values: Vector): number[] => {
  const total = logSumExp(values);
  return values.map((value) => Math.exp(value - total));
};

export const meanSquare = (a: Matrix, b: Matrix): number =>
  mean(a.flatMap((row, i) => row.map((x, d) => (x - entryOf(b[i], d)) ** 2)));

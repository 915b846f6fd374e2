import { tf } from '../../tf.js';
import { type CpuKernel, type KernelCall, numericInput, stridesOf, valuesOf } from './kernel.js';
import { copyView } from './view.js';

/** tfjs rounds a sum after every so many products. */
const BLOCK = 48;

/** One matrix after the other, [batch, rows, shared], each row without gaps. */
interface Rows {
  readonly values: Float32Array;
  readonly batch: number;
  readonly rows: number;
  readonly shared: number;
}

export const MATMUL: Readonly<Record<string, CpuKernel>> = {
  BatchMatMul: (call) => {
    const a = numericInput(call, 'a');
    const b = numericInput(call, 'b');
    if (a?.dtype !== 'float32' || b?.dtype !== 'float32') return undefined;
    const left = rowsOf(call, a, call.attrs['transposeA'] === true);
    const right = rowsOf(call, b, call.attrs['transposeB'] !== true);
    // tfjs says what is wrong.
    if (left.shared !== right.shared) return undefined;
    const outer = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return call.backend.makeTensorInfo([...outer, left.rows, right.rows], 'float32', multiply(left, right));
  },
};

/** The factors in the order of the sums. `columns` if the shared axis is the last but one. */
function rowsOf(call: KernelCall, x: tf.TensorInfo, columns: boolean): Rows {
  const [rows, shared] = (columns ? x.shape.slice(-2).toReversed() : x.shape.slice(-2)) as [number, number];
  const batch = tf.util.sizeFromShape(x.shape.slice(0, -2));
  const values = valuesOf(call, x) as Float32Array;
  if (!columns) return { values, batch, rows, shared };
  const shape = [batch, rows, shared];
  const [outer = 0, inner = 0, last = 0] = stridesOf([batch, shared, rows]);
  const target = new Float32Array(values.length);
  copyView(values, { shape, strides: [outer, last, inner] }, target);
  return { values: target, batch, rows, shared };
}

/**
 * The product of each matrix on the left with the transposed one on the right. Four sums go on at the same time, since each
 * addition waits for the one before it.
 */
function multiply(left: Rows, right: Rows): Float32Array {
  const batch = Math.max(left.batch, right.batch);
  const { shared } = left;
  const result = new Float32Array(batch * left.rows * right.rows);
  const a = left.values;
  const b = right.values;
  let at = 0;
  for (let index = 0; index < batch; index++) {
    const aStart = (index % left.batch) * left.rows * shared;
    const bStart = (index % right.batch) * right.rows * shared;
    for (let i = 0; i < left.rows; i++) {
      const aRow = aStart + i * shared;
      let j = 0;
      for (; j + 4 <= right.rows; j += 4, at += 4) {
        fourSums(a, aRow, b, bStart + j * shared, shared, result, at);
      }
      for (; j < right.rows; j++, at++) oneSum(a, aRow, b, bStart + j * shared, shared, result, at);
    }
  }
  return result;
}

function fourSums(
  a: Float32Array,
  aRow: number,
  b: Float32Array,
  bRow: number,
  shared: number,
  result: Float32Array,
  at: number,
): void {
  for (let block = 0; block < shared; block += BLOCK) {
    const end = Math.min(block + BLOCK, shared);
    let [first, second, third, fourth] = [0, 0, 0, 0];
    for (let k = block; k < end; k++) {
      const factor = a[aRow + k] as number;
      const other = bRow + k;
      first += factor * (b[other] as number);
      second += factor * (b[other + shared] as number);
      third += factor * (b[other + 2 * shared] as number);
      fourth += factor * (b[other + 3 * shared] as number);
    }
    result[at] = (result[at] as number) + first;
    result[at + 1] = (result[at + 1] as number) + second;
    result[at + 2] = (result[at + 2] as number) + third;
    result[at + 3] = (result[at + 3] as number) + fourth;
  }
}

function oneSum(
  a: Float32Array,
  aRow: number,
  b: Float32Array,
  bRow: number,
  shared: number,
  result: Float32Array,
  at: number,
): void {
  for (let block = 0; block < shared; block += BLOCK) {
    const end = Math.min(block + BLOCK, shared);
    let sum = 0;
    for (let k = block; k < end; k++) sum += (a[aRow + k] as number) * (b[bRow + k] as number);
    result[at] = (result[at] as number) + sum;
  }
}

import { widenHalf } from '../../../../src/files/safetensors/half.js';
import { sparseFromDense } from '../../../../src/sparse/from-dense.js';
import { keepMaxActiveDims } from '../../../../src/sparse/max-active-dims.js';
import { rowOf } from '../../../../src/sparse/row.js';
import type { SparseMatrix } from '../../../../src/sparse/sparse-matrix.js';

/** Dimensions that are not 0, ascending, and their weights. */
export interface Embedding {
  readonly indices: number[];
  readonly values: number[];
}

/** An output of ONNX Runtime, whose several packages have tensors of the same form. */
export interface OutputTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

export type Outputs = Readonly<Record<string, OutputTensor>>;

/** How SpladePooling computes an embedding from logits. */
export interface LogitsPooling {
  readonly strategy: 'max' | 'sum';
  readonly activation: 'relu' | 'log1p_relu';
}

/** The work that a graph of the format `logits` leaves to its caller. */
export interface AfterLogits {
  readonly pooling: LogitsPooling;
  /** The most terms of an embedding, those with the largest weights; null means no limit. */
  readonly maxActiveDims: number | null;
}

/**
 * The embeddings of a batch from the outputs of an exported model, of any format.
 *
 * @param mask [batch, sequence], row by row; 0 for padding
 */
export function readEmbeddings(
  outputs: Outputs,
  mask: readonly number[],
  afterLogits: AfterLogits,
): Embedding[] {
  const { indices, values, offsets, sentence_embedding: dense, logits } = outputs;
  if (indices !== undefined && values !== undefined && offsets !== undefined) {
    return fromRows(indices, values, offsets);
  }
  if (dense !== undefined) {
    const [rows = 0, columns = 0] = dense.dims;
    return embeddingsOf(sparseFromDense(floats(dense), rows, columns));
  }
  if (logits !== undefined) {
    const { pooling, maxActiveDims } = afterLogits;
    const pooled = fromLogits(logits, mask, pooling);
    return embeddingsOf(maxActiveDims === null ? pooled : keepMaxActiveDims(pooled, maxActiveDims));
  }
  throw new Error(
    `the model's outputs are ${Object.keys(outputs).join(', ')}; expected indices, values and offsets, or sentence_embedding, or logits`,
  );
}

function fromRows(indices: OutputTensor, values: OutputTensor, offsets: OutputTensor): Embedding[] {
  const ends = Array.from(offsets.data as BigInt64Array, Number);
  const columns = Array.from(indices.data as BigInt64Array, Number);
  const weights = Array.from(floats(values));
  return ends.slice(1).map((end, row) => ({
    indices: columns.slice(ends[row], end),
    values: weights.slice(ends[row], end),
  }));
}

function fromLogits(
  tensor: OutputTensor,
  mask: readonly number[],
  { strategy, activation }: LogitsPooling,
): SparseMatrix {
  const [rows = 0, length = 0, columns = 0] = tensor.dims;
  const logits = floats(tensor);
  const activate = (logit: number): number => {
    const once = Math.log1p(Math.max(logit, 0));
    return activation === 'log1p_relu' ? Math.log1p(once) : once;
  };
  const pooled = new Float32Array(rows * columns);
  for (let token = 0; token < rows * length; token++) {
    if (mask[token] === 0) continue;
    const first = Math.floor(token / length) * columns;
    for (let column = 0; column < columns; column++) {
      const weight = activate(logits[token * columns + column] as number);
      const before = pooled[first + column] as number;
      pooled[first + column] = strategy === 'sum' ? before + weight : Math.max(before, weight);
    }
  }
  return sparseFromDense(pooled, rows, columns);
}

function embeddingsOf(matrix: SparseMatrix): Embedding[] {
  return Array.from({ length: matrix.rows }, (_, row) => {
    const { indices, values } = rowOf(matrix, row);
    return { indices: Array.from(indices), values: Array.from(values) };
  });
}

function floats({ type, data }: OutputTensor): Float32Array {
  // float16 arrives as bits if JavaScript has no Float16Array.
  if (type === 'float16' && data instanceof Uint16Array) return widenHalf(data);
  return data instanceof Float32Array ? data : Float32Array.from(data as Iterable<number>);
}

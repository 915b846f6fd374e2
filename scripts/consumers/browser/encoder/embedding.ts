import { widenHalf } from '../../../../src/files/safetensors/half.js';

/** Dimensions that are not 0, ascending, and their weights. */
export interface Embedding {
  readonly indices: number[];
  readonly values: number[];
}

/** An output of ONNX Runtime, of which there are several packages with tensors of the same form. */
export interface OutputTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

export type Outputs = Readonly<Record<string, OutputTensor>>;

/** How SpladePooling makes an embedding of logits. */
export interface LogitsPooling {
  readonly strategy: 'max' | 'sum';
  readonly activation: 'relu' | 'log1p_relu';
}

/**
 * The embeddings of a batch from the outputs of an exported model, of any format.
 *
 * @param mask [batch, sequence], row by row; 0 for padding
 * @param pooling for the format `logits`, whose caller pools
 */
export function readEmbeddings(
  outputs: Outputs,
  mask: readonly number[],
  pooling: LogitsPooling,
): Embedding[] {
  const { indices, values, offsets, sentence_embedding: dense, logits } = outputs;
  if (indices !== undefined && values !== undefined && offsets !== undefined) {
    return fromRows(indices, values, offsets);
  }
  if (dense !== undefined) return fromDense(floats(dense), dense.dims);
  if (logits !== undefined) return fromLogits(logits, mask, pooling);
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

function fromDense(data: Float32Array, [rows = 0, columns = 0]: readonly number[]): Embedding[] {
  return Array.from({ length: rows }, (_, row) => nonZero(data.subarray(row * columns, (row + 1) * columns)));
}

function fromLogits(
  tensor: OutputTensor,
  mask: readonly number[],
  { strategy, activation }: LogitsPooling,
): Embedding[] {
  const [rows = 0, length = 0, columns = 0] = tensor.dims;
  const logits = floats(tensor);
  const activate = (logit: number): number => {
    const once = Math.log1p(Math.max(logit, 0));
    return activation === 'log1p_relu' ? Math.log1p(once) : once;
  };
  return Array.from({ length: rows }, (_, row) => {
    const pooled = new Float32Array(columns);
    for (let position = row * length; position < (row + 1) * length; position++) {
      if (mask[position] === 0) continue;
      for (let column = 0; column < columns; column++) {
        const weight = activate(logits[position * columns + column] as number);
        const before = pooled[column] as number;
        pooled[column] = strategy === 'sum' ? before + weight : Math.max(before, weight);
      }
    }
    return nonZero(pooled);
  });
}

function floats({ type, data }: OutputTensor): Float32Array {
  // float16 comes as its bits where JavaScript has no Float16Array.
  if (type === 'float16' && data instanceof Uint16Array) return widenHalf(data);
  return data instanceof Float32Array ? data : Float32Array.from(data as Iterable<number>);
}

function nonZero(dense: Float32Array): Embedding {
  const indices = Array.from(dense.keys()).filter((index) => dense[index] !== 0);
  return { indices, values: indices.map((index) => dense[index] as number) };
}

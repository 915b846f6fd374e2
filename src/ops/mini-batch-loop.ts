import { tf } from '../tf.js';

/** The name of the loop op. Engines that record have it, the others do not. */
export const MINI_BATCH_LOOP = 'MiniBatchLoop';

/** The size of a mini-batch, in rows or tokens. */
export interface MiniBatchSize {
  /** Rows per mini-batch, unless a budget of tokens is set. */
  readonly rows: number;
  /** Tokens per mini-batch, counted by the attention mask. A longer text forms its own mini-batch. */
  readonly tokens: number | null;
}

/** A tensor [rows, ...] that is split into mini-batches by rows. */
export interface CutTensor {
  readonly tensor: tf.Tensor;
  /** Whether axis 1 counts tokens. */
  readonly perToken: boolean;
}

/**
 * The number of the mini-batch that random numbers are for, as an int32 scalar. The JavaScript number is NaN in a
 * recorded loop, where one recording stands for all mini-batches.
 */
export interface RandomPart {
  readonly tensor: tf.Tensor;
  readonly number: number;
}

/** The result of a mini-batch: tensors [rows, ...] to concatenate, and tensors to add up. */
export interface MiniBatchResult {
  readonly rows: readonly tf.Tensor[];
  readonly sums: readonly tf.Tensor[];
}

export interface MiniBatchLoop {
  readonly tensors: readonly CutTensor[];
  /** [rows, tokens], 1 for tokens and 0 for padding. */
  readonly mask: tf.Tensor | undefined;
  /** Whether positions that are padding in all rows of a mini-batch are cut off. */
  readonly trims: boolean;
  readonly size: MiniBatchSize;
  /** Called for some mini-batch sizes rather than for every mini-batch. The rows have type float32. */
  readonly run: (parts: readonly tf.Tensor[], part: RandomPart) => MiniBatchResult;
}

/**
 * Records the work on one mini-batch once, as a loop of the program. Undefined if the engine computes at once, or if
 * one recording cannot stand for all mini-batches.
 */
export function miniBatchLoop(loop: MiniBatchLoop): MiniBatchResult | undefined {
  const recorder = tf.getKernel(MINI_BATCH_LOOP, tf.getBackend());
  if (recorder === undefined) return undefined;
  const attrs = { ...loop } as unknown as tf.NamedAttrMap;
  const results = recorder.kernelFunc({ inputs: {}, attrs, backend: tf.backend() });
  return results as unknown as MiniBatchResult | undefined;
}

import { tf } from '../tf.js';

/** What an engine that records has under this name; the others do without. */
export const MINI_BATCH_LOOP = 'MiniBatchLoop';

/** How many rows, or tokens, are a mini-batch. */
export interface MiniBatchSize {
  /** Rows per mini-batch, unless a budget of tokens is set. */
  readonly rows: number;
  /** Tokens per mini-batch, counted by the attention mask; a longer text is a mini-batch of its own. */
  readonly tokens: number | null;
}

/** A tensor [rows, ...] of which each mini-batch has some rows. */
export interface CutTensor {
  readonly tensor: tf.Tensor;
  /** Whether axis 1 are tokens. */
  readonly perToken: boolean;
}

/**
 * Which mini-batch random numbers are for, as an int32 scalar. The number is NaN in a recorded loop, where one recording
 * stands for all mini-batches.
 */
export interface RandomPart {
  readonly tensor: tf.Tensor;
  readonly number: number;
}

/** What comes of a mini-batch: tensors [rows, ...] to be put one after the other, and tensors to be added up. */
export interface MiniBatchResult {
  readonly rows: readonly tf.Tensor[];
  readonly sums: readonly tf.Tensor[];
}

export interface MiniBatchLoop {
  readonly tensors: readonly CutTensor[];
  /** [rows, tokens], 1 for tokens and 0 for padding. */
  readonly mask: tf.Tensor | undefined;
  /** Whether positions that are padding for all rows of a mini-batch are cut off. */
  readonly trims: boolean;
  readonly size: MiniBatchSize;
  /** Is called for some mini-batch sizes instead of for every mini-batch. The rows are of type float32. */
  readonly run: (parts: readonly tf.Tensor[], part: RandomPart) => MiniBatchResult;
}

/**
 * Records what is done with each mini-batch once, as a loop of the program; undefined where the engine computes at once or
 * where one recording cannot stand for all mini-batches.
 */
export function miniBatchLoop(loop: MiniBatchLoop): MiniBatchResult | undefined {
  const recorder = tf.getKernel(MINI_BATCH_LOOP, tf.getBackend());
  if (recorder === undefined) return undefined;
  const attrs = { ...loop } as unknown as tf.NamedAttrMap;
  const results = recorder.kernelFunc({ inputs: {}, attrs, backend: tf.backend() });
  return results as unknown as MiniBatchResult | undefined;
}

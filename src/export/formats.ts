/** The possible outputs of an exported graph. */
export const FORMATS = {
  sparse: 'indices, values and offsets of the active dimensions: nothing dense leaves the graph',
  dense: 'sentence_embedding [batch_size, dimensions]',
  logits:
    'logits [batch_size, sequence_length, vocabulary] of a masked language model: pooling is left to the runtime',
  all: 'logits (of other models last_hidden_state) first, sentence_embedding second: for every runtime, at the price of speed',
} as const;

export type ExportFormat = keyof typeof FORMATS;

export const PRECISIONS = {
  fp32: 'float32, as the encoder computes',
  fp16: 'float16 weights and matrix products: half the size',
  int8: '8-bit weights, dynamically quantized activations: a quarter of the size, and faster on CPUs',
} as const;

export type Precision = keyof typeof PRECISIONS;

export const TARGETS = {
  any: 'operators that every execution provider has, WebGPU among them',
  cpu: 'float32 SPLADE in less time on processors: int8 copies of weights rule out most terms before any is computed',
} as const;

/** Where a graph is meant to run. */
export type Target = keyof typeof TARGETS;

/** Versions of the standard operator set that a graph can use. */
export const OPSETS = { oldest: 17, default: 18, newest: 23 } as const;

import type { Value } from './graph.js';
import type { TermCodes } from './term-codes.js';

/** How to record kernels that have alternatives. The results differ only by rounding. */
export interface Lowering {
  /**
   * Whether the recording will run in other runtimes. WebGPU's operators accept no tensor without elements, and a batch
   * with fewer texts than groups makes such tensors.
   */
  readonly portable?: boolean;
  /**
   * The quantized form of a decoder, if there is one. With it, most logits that are not positive need not be computed
   * exactly. Only the processor multiplies integers in this form; CUDA has other forms, WebGPU none.
   */
  readonly quantized?: ((decoder: Value) => TermCodes | undefined) | undefined;
}

let current: Lowering = {};

/** The choices for kernels that are recorded now. */
export function currentLowering(): Lowering {
  return current;
}

/** Calls a function with these choices for its kernels, inside a function that `compile` records. */
export function withLowering<T>(lowering: Lowering, run: () => T): T {
  const before = current;
  current = lowering;
  try {
    return run();
  } finally {
    current = before;
  }
}

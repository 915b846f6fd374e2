import type { QuantizedMatrices } from './quantized-rows.js';

/** How to record kernels that have alternatives. The results differ only by rounding. */
export interface Lowering {
  /**
   * Whether the recording will run in other runtimes. WebGPU's operators accept no tensor without elements, and a batch
   * with fewer texts than groups makes such tensors.
   */
  readonly portable?: boolean;
  /**
   * Set if the parameters never change. Their quantized form is then made once for the program, and with it most logits
   * that are not positive need not be computed exactly.
   */
  readonly quantized?: QuantizedMatrices | undefined;
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

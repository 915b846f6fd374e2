import type { QuantizedMatrices } from './quantized-rows.js';

/** How kernels are recorded, where there is a choice. No result differs by more than rounding. */
export interface Lowering {
  /**
   * Whether what is recorded will run in other runtimes: WebGPU's operators take no tensor without elements, which groups
   * of fewer texts than groups are.
   */
  readonly portable?: boolean;
  /**
   * Set where the parameters stay what they are: with weights of few bits, which are made once for the program, most of
   * what is not positive need not be computed exactly.
   */
  readonly quantized?: QuantizedMatrices | undefined;
}

let current: Lowering = {};

/** What kernels that are recorded at this moment go by. */
export function currentLowering(): Lowering {
  return current;
}

/** Calls a function whose kernels are recorded in this way, within one that `compile` records. */
export function withLowering<T>(lowering: Lowering, run: () => T): T {
  const before = current;
  current = lowering;
  try {
    return run();
  } finally {
    current = before;
  }
}

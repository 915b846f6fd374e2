/** Why a spec cannot pass on the onnx engine, and the error that it has to fail with to be excused. */
export const REASONS = {
  'synchronous read': /SynchronousReadError/,
  'string tensors': /UnsupportedKernelError: .*string/,
  complex64: /UnsupportedKernelError: .*complex/i,
} as const satisfies Record<string, RegExp>;

export type Reason = keyof typeof REASONS;

export interface Excuse {
  /** Test file, as a path inside tfjs-core's dist. */
  file: string;
  /** What the full names of the excused specs contain. */
  pattern: RegExp;
  reason: Reason;
}

/** Specs that the onnx engine cannot pass by design. What it merely has no kernel for needs no excuse. */
export const EXCUSED: readonly Excuse[] = [];

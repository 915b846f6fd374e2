import { ReadableError } from '../errors.js';

/** A tensor of the onnx engine has no elements before its program has run, and running is asynchronous. */
export class SynchronousReadError extends ReadableError {
  override readonly kind = 'usage';
  override readonly name = 'SynchronousReadError';
}

/** The onnx engine has no ONNX form of a tfjs kernel. */
export class UnsupportedKernelError extends ReadableError {
  override readonly kind = 'usage';
  override readonly name = 'UnsupportedKernelError';
  readonly kernel: string;

  constructor(kernel: string, message: string) {
    super(message);
    this.kernel = kernel;
  }
}

/** ONNX Runtime refused a program, or failed while it ran it. */
export class ProgramError extends ReadableError {
  override readonly name = 'ProgramError';
}

/** Memory for a tensor or a program could not be had. */
export class OutOfMemoryError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'OutOfMemoryError';
}

/** An engine that this machine does not have: its package or its native part is missing or does not load. */
export class EngineUnavailableError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'EngineUnavailableError';
}

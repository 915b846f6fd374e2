import { ReadableError } from '../errors.js';

/** A tensor of the onnx engine has no elements before its program has run, and programs run asynchronously. */
export class SynchronousReadError extends ReadableError {
  override readonly kind = 'usage';
  override readonly name = 'SynchronousReadError';
}

/** The onnx engine does not implement a tfjs kernel. */
export class UnsupportedKernelError extends ReadableError {
  override readonly kind = 'usage';
  override readonly name = 'UnsupportedKernelError';
  readonly kernel: string;

  constructor(kernel: string, message: string) {
    super(message);
    this.kernel = kernel;
  }
}

/** ONNX Runtime refused a program, or failed while running it. */
export class ProgramError extends ReadableError {
  override readonly name = 'ProgramError';
}

/** Memory for a tensor or a program could not be allocated. */
export class OutOfMemoryError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'OutOfMemoryError';
}

/** This machine cannot use an engine: its package or native binding is missing or does not load. */
export class EngineUnavailableError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'EngineUnavailableError';
}

import { ReadableError } from '../errors.js';
/** What made the reference unavailable. On the command line every reason has exit code 3. */
export type UnavailableReason =
  | 'not-found'
  | 'unsupported'
  | 'install'
  | 'start'
  | 'exchange'
  | 'died'
  | 'deadline'
  | 'suspended'
  | 'stopped';

/**
 * There is no Python to compare with: it cannot be found, installed or started, it died, or it did not answer in time.
 */
export class ReferenceUnavailableError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'ReferenceUnavailableError';
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The called Python function raised an exception; the worker continues. */
export class ReferenceCallError extends ReadableError {
  override readonly name = 'ReferenceCallError';
  /** The called function, as "module.function". */
  readonly fn: string;
  /** The exception's class name, such as "ValueError". */
  readonly pythonType: string;
  readonly pythonMessage: string;
  readonly pythonTraceback: string;

  constructor(fn: string, pythonType: string, pythonMessage: string, pythonTraceback: string) {
    super(`${fn} raised ${pythonType}: ${pythonMessage}`);
    this.fn = fn;
    this.pythonType = pythonType;
    this.pythonMessage = pythonMessage;
    this.pythonTraceback = pythonTraceback;
  }
}

/** A message that the exchange format cannot carry, or bytes that are not a complete, unchanged message. */
export class ExchangeError extends ReadableError {
  override readonly name = 'ExchangeError';
}

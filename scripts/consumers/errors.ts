import { ReadableError } from '../../src/errors.js';

/** Something that a consumer needs is not on this machine and cannot be installed: a browser, Python, the network. */
export class ConsumerUnavailableError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'ConsumerUnavailableError';
}

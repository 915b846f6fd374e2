import { ReadableError } from '../../src/errors.js';

/** What is measured is the built package, and there is none. */
export class MissingBuildError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'MissingBuildError';

  constructor(file: string) {
    super(`${file} is missing; run npm run build first`);
  }
}

import { ReadableError } from '../../src/errors.js';

/** The built package should be measured, but it does not exist. */
export class MissingBuildError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'MissingBuildError';

  constructor(file: string) {
    super(`${file} is missing; run npm run build first`);
  }
}

import { createRequire } from 'node:module';
import { ReferenceUnavailableError } from './python/errors.js';

/** What only the harness needs; pythonia requires ws without naming it among its dependencies. */
const PACKAGES = 'fast-check@4 pythonia@1.2.6 ws@7';

/**
 * Loads an optional peer dependency. Throws a ReferenceUnavailableError that says what to install where the package, or
 * one that it needs, is missing.
 */
export function optionalPackage(
  name: string,
  require: (name: string) => unknown = createRequire(import.meta.url),
): unknown {
  try {
    return require(name);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND')) throw cause;
    const [reason = ''] = cause.message.split('\n');
    throw new ReferenceUnavailableError(
      'not-found',
      `the parity harness needs packages that are not installed: npm install --save-dev ${PACKAGES} (${reason})`,
      { cause },
    );
  }
}

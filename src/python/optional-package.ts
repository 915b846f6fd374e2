import { createRequire } from 'node:module';
import { ReferenceUnavailableError } from './errors.js';

/** What only the harness needs; pythonia requires ws without naming it among its dependencies. */
export const PARITY_PACKAGES = 'fast-check@4 pythonia@1.2.6 sparse-encoder-fixtures@0.1.0 ws@7';

const here = createRequire(import.meta.url);

/**
 * Loads an optional peer dependency. Throws a ReferenceUnavailableError that says what to install if the package, or
 * one that it needs, is missing.
 */
export function optionalPackage(name: string, require: (name: string) => unknown = here): unknown {
  return orSayWhatIsMissing(() => require(name));
}

/** The path of a file in an optional peer dependency. Throws like `optionalPackage`. */
export function optionalFile(name: string, resolve: (name: string) => string = here.resolve): string {
  return orSayWhatIsMissing(() => resolve(name));
}

function orSayWhatIsMissing<T>(find: () => T): T {
  try {
    return find();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND')) throw cause;
    const [reason = ''] = cause.message.split('\n');
    throw new ReferenceUnavailableError(
      'not-found',
      `the parity harness needs packages that are not installed: npm install --save-dev ${PARITY_PACKAGES} (${reason})`,
      { cause },
    );
  }
}

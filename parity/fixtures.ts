import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../src/package-root.js';
import { optionalFile } from '../src/python/optional-package.js';

/**
 * The folder with recorded cases, tiny models and sample texts: `fixtures` in a checkout, or the optional package
 * `sparse-encoder-fixtures` beside an installed package. Throws a ReferenceUnavailableError with installation advice if
 * that package is missing.
 */
export function fixturesFolder(root = packageRoot(), resolve?: (name: string) => string): string {
  const checkout = join(root, 'fixtures');
  return existsSync(checkout)
    ? checkout
    : dirname(optionalFile('sparse-encoder-fixtures/package.json', resolve));
}

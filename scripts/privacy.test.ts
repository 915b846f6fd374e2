import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../src/package-root.js';
import { sourceFiles } from './layers/imports.js';

/** Only a constructor cannot be written with `#`. */
const PRIVATE_MEMBER = /^\s*private (?!constructor\b)/m;

it('private members are those that begin with #, which JavaScript keeps private, too', () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(500);
  const found = files.filter((file) => PRIVATE_MEMBER.test(readFileSync(join(packageRoot(), file), 'utf8')));
  expect(found).toEqual([]);
});

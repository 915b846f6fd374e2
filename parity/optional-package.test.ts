import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { optionalPackage } from './optional-package.js';
import { ReferenceUnavailableError } from './python/errors.js';

const elsewhere = createRequire('/');

test('a missing package is named with what to install', () => {
  const load = (): unknown => optionalPackage('fast-check', elsewhere);
  expect(load).toThrow(ReferenceUnavailableError);
  expect(load).toThrow(/npm install --save-dev fast-check@4 pythonia@1\.2\.6 ws@7 .*'fast-check'/);
});

test('another failure of a package is passed on', () => {
  const failure = new Error('broken');
  const require = (): never => {
    throw failure;
  };
  expect(() => optionalPackage('pythonia', require)).toThrow(failure);
});

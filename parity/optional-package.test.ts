import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../src/package-root.js';
import { ReferenceUnavailableError } from '../src/python/errors.js';
import { optionalFile, optionalPackage, PARITY_PACKAGES } from '../src/python/optional-package.js';
import { fixturesFolder } from './fixtures.js';

const elsewhere = createRequire('/');

test('a missing package is named with what to install', () => {
  const load = (): unknown => optionalPackage('fast-check', elsewhere);
  expect(load).toThrow(ReferenceUnavailableError);
  expect(load).toThrow(`npm install --save-dev ${PARITY_PACKAGES} (Cannot find module 'fast-check'`);
});

test('so is the package of the fixtures, which only an installed package needs', () => {
  const find = (): string => fixturesFolder('/', elsewhere.resolve);
  expect(find).toThrow(ReferenceUnavailableError);
  expect(find).toThrow(
    `npm install --save-dev ${PARITY_PACKAGES} (Cannot find module 'sparse-encoder-fixtures/`,
  );
  expect(fixturesFolder()).toBe(join(packageRoot(), 'fixtures'));
});

test('another failure of a package is passed on', () => {
  const failure = new Error('broken');
  const fail = (): never => {
    throw failure;
  };
  expect(() => optionalPackage('pythonia', fail)).toThrow(failure);
  expect(() => optionalFile('pythonia', fail)).toThrow(failure);
});

test('what to install is what the manifests name', () => {
  const manifest = (folder: string) =>
    JSON.parse(readFileSync(join(packageRoot(), folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { version, peerDependencies, peerDependenciesMeta } = manifest('');
  const optional = Object.entries(peerDependencies as Record<string, string>)
    // Those with a scope are for an engine and for publishing; vitest is for its matcher.
    .filter(([name]) => name in (peerDependenciesMeta as object) && !/^(?:@|vitest$)/.test(name))
    .map(([name, range]) => `${name}@${range.startsWith('^') ? range.slice(1).split('.')[0] : range}`);
  expect(optional.toSorted()).toEqual(PARITY_PACKAGES.split(' '));
  // Recorded cases and the code that reads them change together.
  expect(manifest('fixtures')).toMatchObject({ name: 'sparse-encoder-fixtures', version });
  expect(peerDependencies).toMatchObject({ 'sparse-encoder-fixtures': version });
});

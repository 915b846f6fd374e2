// @module-tag slow
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../../src/random.js';
import { setWarningHandler } from '../../../src/warnings.js';
import { faultsOf } from './call-at-random.js';
import { INSTANCES, removeFolders } from './instances.js';
import { CLASSES, publicSurface } from './surface.js';

const TRIES = 10;

afterAll(removeFolders);

it('refuses values of any kind with errors of the package, and keeps no tensors', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-calls-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const previous = setWarningHandler(() => undefined);
  onTestFinished(() => void setWarningHandler(previous));
  const surface = await publicSurface();
  for (let attempt = 0; attempt < TRIES; attempt++) {
    expect(await faultsOf(surface, seededRandom(attempt), folder)).toEqual([]);
  }
});

it('has an instance of every class', () => {
  expect(
    CLASSES.map(([name]) => name).filter((name) => INSTANCES[name] === undefined && name !== 'Loss'),
  ).toEqual([]);
});

it('finds an error of another kind, and tensors that are kept', async () => {
  const planted = {
    name: 'planted',
    call: () => {
      throw new TypeError('planted');
    },
  };
  expect(await faultsOf([planted], seededRandom(1), tmpdir())).toEqual([
    expect.stringContaining('TypeError: planted'),
  ]);
});

// @module-tag slow
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../../src/random.js';
import { setWarningHandler } from '../../../src/warnings.js';
import { ATTACKS } from './attacks.js';

const TRIES = 3;

it.each(ATTACKS)('$name: $expects', async ({ attempt }) => {
  const previous = setWarningHandler(() => undefined);
  onTestFinished(() => void setWarningHandler(previous));
  for (let index = 0; index < TRIES; index++) {
    const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-lifecycle-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await expect(attempt({ index, random: seededRandom(index + 1), folder })).resolves.toBeUndefined();
  }
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../src/testing/files/temporary-folder.js';
import { checkNode, checkPackages } from './programs.js';
import { checkPython } from './python.js';
import { checkSpace } from './space.js';

test('a Node that is too old is broken', () => {
  expect(checkNode('18.20.8')).toMatchObject({ status: 'broken', remedy: 'install Node 20 or newer' });
  expect(checkNode('20.0.0')).toMatchObject({ status: 'ok' });
});

test('the packages of the harness are there', () => {
  expect(checkPackages()).toMatchObject({ id: 'packages', status: 'ok' });
});

test('a program other than Python is named', () => {
  const file = join(temporaryFolder(), 'python');
  writeFileSync(file, '#!/bin/sh\necho hello\n', { mode: 0o755 });
  expect(checkPython(file)).toEqual({
    checks: [
      {
        id: 'python',
        status: 'broken',
        seen: `"${file}" does not behave like a Python interpreter`,
        remedy:
          'name another Python with --python or SPARSE_ENCODER_PYTHON, or none to have an environment made',
      },
    ],
    makesEnvironment: false,
  });
});

test('no Python at all is broken', () => {
  const nowhere = temporaryFolder();
  vi.stubEnv('SPARSE_ENCODER_PYTHON', undefined);
  vi.stubEnv('SPARSE_ENCODER_CACHE', nowhere);
  vi.stubEnv('PATH', nowhere);
  expect(checkPython(undefined).checks).toEqual([
    {
      id: 'python',
      status: 'broken',
      seen: expect.stringContaining('no Python 3.11 or newer was found') as string,
      remedy: 'install Python 3.11 or newer with venv, or name one with SPARSE_ENCODER_PYTHON',
    },
  ]);
  vi.unstubAllEnvs();
});

test('a full disk is broken, and little shared memory is only slower', () => {
  const shown = (checks: ReturnType<typeof checkSpace>): string[] =>
    checks.map(({ id, status }) => `${id} ${status}`);
  const full = checkSpace(true, () => 0);
  expect(shown(full)).toEqual(['cache broken', 'shared-memory note', 'exchange broken']);
  expect(full[0]).toMatchObject({
    seen: expect.stringMatching(/^0\.0 GiB free for .*; 2\.0 GiB are needed$/) as string,
    remedy: 'free some space, or name a folder on another disk with SPARSE_ENCODER_CACHE',
  });
  // An environment that is there takes no more space.
  expect(shown(checkSpace(false, () => 2 ** 29))).toEqual(['cache ok', 'shared-memory note', 'exchange ok']);
});

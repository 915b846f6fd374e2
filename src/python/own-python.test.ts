import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { errorOf } from '../testing/promises.js';
import { eachInItsPlace, type FakePython, PACKAGES } from '../testing/python/fake-python.js';
import { ensureReferenceEnvironment, findReferencePython } from './environment.js';
import { ReferenceUnavailableError } from './errors.js';

const place = eachInItsPlace();

describe.skipIf(process.platform === 'win32')("a user's own Python", () => {
  const own = (options: FakePython = {}): string => {
    writeFileSync(join(place.work, 'installed'), '');
    return place.fakePython(place.work, 'own-python', options);
  };

  it('is checked and never installed into', async () => {
    const python = own();
    expect(await ensureReferenceEnvironment({ python, root: place.root, log: place.log })).toBe(python);
    expect(place.lines).toEqual([]);
    expect(place.pipRuns()).toBe(0);
    expect(existsSync(place.root)).toBe(false);
  });

  it('is found through SPARSE_ENCODER_PYTHON', async () => {
    const python = own();
    vi.stubEnv('SPARSE_ENCODER_PYTHON', python);
    expect(findReferencePython(place.root)).toBe(python);
    expect(await ensureReferenceEnvironment({ root: place.root, log: place.log })).toBe(python);
  });

  it('may be a local build of the pinned version; another version is pointed out', async () => {
    const python = own({ packages: { ...PACKAGES, torch: '2.13.0+cpu', 'sentence-transformers': '6.3.0' } });
    await ensureReferenceEnvironment({ python, root: place.root, log: place.log });
    expect(place.lines).toEqual([
      `sentence-transformers is 6.3.0 in ${python}; the comparison is made for 6.2.0.`,
    ]);
  });

  it.each<[string, FakePython, string]>([
    ['is too old', { version: [3, 9, 18] }, 'is Python 3.9.18; the reference needs Python 3.11 or newer'],
    ['lacks packages', { packages: { torch: '2.13.0' } }, 'lacks sentence-transformers, transformers'],
  ])('is refused when it %s', async (_, options, text) => {
    const python = own(options);
    const error = await errorOf(ensureReferenceEnvironment({ python, root: place.root, log: place.log }));
    expect(error).toBeInstanceOf(ReferenceUnavailableError);
    expect(error).toMatchObject({ reason: 'unsupported' });
    expect(String(error)).toContain(text);
    vi.stubEnv('SPARSE_ENCODER_PYTHON', python);
    expect(() => findReferencePython(place.root)).toThrow(text);
  });

  it('is refused when it does not exist', async () => {
    const error = await errorOf(
      ensureReferenceEnvironment({ python: join(place.work, 'missing'), root: place.root, log: place.log }),
    );
    expect(error).toMatchObject({ reason: 'not-found' });
  });
});

// @module-tag slow
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { packageEntries } from '../../src/testing/package-entries.js';
import { DOCUMENTS, readDocument } from './documents.js';

const folder = join(packageRoot(), '.cache', `readme-${process.pid}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examples = DOCUMENTS.flatMap((document) =>
  [...readDocument(document).matchAll(/```ts\n([\s\S]*?)```/g)].map(
    ([, text = ''], index) => [document, index, text] as const,
  ),
);

/** Made by `npm run make-models`. If it does not exist, an untrained model of the same kind replaces it. */
const TRAINED = '.cache/models/splade';
const STAND_IN = 'fixtures/models/splade-bert';

/** The output that an example claims: digits up to those that depend on the processor, or a text in quotes. */
const PRINTED = /console\.log\(.*\); \/\/ (?:[^:\n]*: (\S+)\.\.\.|(".*"))$/gm;

describe('examples of the documents', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(8);
  });

  it.each(examples)('%s %i runs', async (document, index, example) => {
    const isTrained = existsSync(join(packageRoot(), TRAINED));
    const text = isTrained ? example : example.replaceAll(TRAINED, STAND_IN);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${document.replaceAll(/\W/g, '-')}-${index}.ts`);
    const sources = [...packageEntries()].reduce(
      (code, [name, entry]) =>
        code.replaceAll(`'${name}'`, `'${pathToFileURL(join(packageRoot(), entry)).href}'`),
      text,
    );
    writeFileSync(file, sources);
    const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await import(pathToFileURL(file).href);
    const lines = printed.mock.calls.map((call) => call.map((part) => JSON.stringify(part)).join(' '));
    printed.mockRestore();
    expect(lines.length).toBeGreaterThan(0);
    if (text !== example) return;
    for (const [, digits, quoted] of text.matchAll(PRINTED)) {
      expect(lines.join('\n')).toContain(digits ?? quoted);
    }
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.js';
import { findReferencePython } from '../../src/python/environment.js';
import { makeTinyModels } from './make.js';

const python = findReferencePython();
const FIXTURES = join(packageRoot(), 'fixtures', 'models');
// A transformer with all its files, routes with a weights file, and a plain transformers checkpoint.
const REMADE = [
  'splade-modernbert',
  'splade-albert',
  'splade-new',
  'csr-deep',
  'inference-free-idf',
  'encoder-checkpoint',
];

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

/** Every number of a JSON value, in order, and the value with 0 in place of the numbers. */
function numbersOf(value: unknown): { numbers: number[]; rest: unknown } {
  const numbers: number[] = [];
  const rest: unknown = JSON.parse(JSON.stringify(value), (_key, part: unknown) => {
    if (typeof part !== 'number') return part;
    numbers.push(part);
    return 0;
  });
  return { numbers, rest };
}

describe.runIf(python !== undefined)('tiny models that are made again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-models-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(() => makeTinyModels(python ?? '', folder, REMADE, () => undefined), 300_000);

  test('are those that were asked for, and nothing else is left', () => {
    expect(readdirSync(folder).toSorted()).toEqual(REMADE.toSorted());
  });

  test.each(REMADE)('%s has the files in fixtures/models, byte for byte', (name) => {
    const [made, fixture] = [join(folder, name), join(FIXTURES, name)];
    expect(filesOf(made)).toEqual(filesOf(fixture));
    const different = filesOf(made)
      .filter((file) => file !== 'expected.json')
      .filter((file) => !readWithoutBuild(join(made, file)).equals(readWithoutBuild(join(fixture, file))));
    expect(different).toEqual([]);
  });

  test.each(REMADE)('%s gives the expected tokens, terms and, but for rounding, numbers', (name) => {
    const [made, fixture] = [folder, FIXTURES].map((parent) =>
      numbersOf(JSON.parse(readFileSync(join(parent, name, 'expected.json'), 'utf8'))),
    );
    expect(made?.rest).toEqual(fixture?.rest);
    const worst = Math.max(
      ...(made?.numbers ?? []).map((number, index) => {
        const expected = fixture?.numbers[index] ?? Number.NaN;
        return Math.abs(number - expected) / Math.max(1, Math.abs(expected));
      }),
    );
    expect(worst).toBeLessThan(1e-4);
  });
});

/** "2.13.0+cpu" and "2.13.0" are the same PyTorch, built for different machines. */
function readWithoutBuild(file: string): Buffer {
  const bytes = readFileSync(file);
  if (!file.endsWith('.json')) return bytes;
  return Buffer.from(bytes.toString('utf8').replace(/("pytorch": "[\d.]+)\+\w+/, '$1'));
}

const Embedding = z.object({ indices: z.array(z.number()), values: z.array(z.number()) });
const Expected = z.object({
  texts: z.array(z.string()),
  embeddings: z.record(z.string(), z.array(Embedding)).optional(),
  dense: z.record(z.string(), z.array(z.array(z.number()))).optional(),
});

describe('every tiny model', () => {
  const names = readdirSync(FIXTURES, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  const readme = readFileSync(join(FIXTURES, 'README.md'), 'utf8');

  test.each(names)(
    '%s is in the README and gives sparse embeddings that differ from text to text',
    (name) => {
      expect(readme).toContain(`\`${name}\``);
      const { texts, embeddings, dense } = Expected.parse(
        JSON.parse(readFileSync(join(FIXTURES, name, 'expected.json'), 'utf8')),
      );
      const rows: unknown[] = embeddings?.['encode'] ?? dense?.['encode'] ?? [];
      expect(rows).toHaveLength(texts.length);
      // A tokenizer of words does not distinguish the empty text from the blank one.
      expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBeGreaterThanOrEqual(texts.length - 1);
      for (const { indices, values } of embeddings?.['encode'] ?? []) {
        expect(indices).toEqual([...new Set(indices)].toSorted((a, b) => a - b));
        expect(values).toHaveLength(indices.length);
        expect(Math.min(...values)).toBeGreaterThan(0);
        expect(indices.length).toBeGreaterThan(4);
        expect(indices.length).toBeLessThan(100);
      }
    },
  );

  test('together they are small', () => {
    const bytes = filesOf(FIXTURES).map((file) => readFileSync(join(FIXTURES, file)).byteLength);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2e6);
  });
});

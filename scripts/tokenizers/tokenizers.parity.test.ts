import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findReferencePython } from '../../src/python/environment.js';
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.js';
import { awkwardTexts } from './awkward-texts.js';
import { compareTokenizer } from './compare.js';
import { encodeByReference, trainKinds } from './reference.js';

const python = findReferencePython();
const LINES = 400;
const SEED = 2;

describe.skipIf(python === undefined)('tokenizers of every kind', () => {
  const work = mkdtempSync(join(tmpdir(), 'sparse-encoder-tokenizers-'));
  let kinds: { name: string; folder: string }[];

  beforeAll(async () => {
    kinds = await trainKinds(python ?? '', work);
  });

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it('give the ids, type ids, tokens and settings that transformers gives', async () => {
    const texts = awkwardTexts(LINES, SEED);
    const jobs = kinds.map((kind) => ({ ...kind, count: LINES }));
    const expected = await encodeByReference(python ?? '', work, jobs, texts);
    expect(kinds.length).toBeGreaterThan(20);
    for (const [index, { name, folder }] of kinds.entries()) {
      const reference = expected[index];
      if (reference === undefined) throw new Error(`the reference gave nothing for ${name}`);
      const comparison = await compareTokenizer(await loadTokenizer(folder), reference, texts);
      expect(comparison, name).toMatchObject({
        differences: [0, 0, 0, 0],
        tokens: 0,
        settings: [],
        examples: [],
      });
    }
  });
});

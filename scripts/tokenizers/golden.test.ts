import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.js';
import { compareTokenizer } from './compare.js';
import { GOLDEN_LINES, readGolden } from './golden.js';
import { FIXTURES } from './reference.js';

const { texts, expected } = readGolden();

describe('the recorded sample of transformers’ token ids', () => {
  it('has texts and pairs', () => {
    expect(texts).toHaveLength(GOLDEN_LINES);
    expect(Object.keys(expected).length).toBeGreaterThan(1);
    expect(texts.filter((text) => typeof text !== 'string').length).toBeGreaterThan(GOLDEN_LINES / 20);
  });

  it.each(Object.entries(expected))(
    'has texts of %s whose special tokens make a difference',
    (_, { encodings }) => {
      const [cut, split] = [encodings[1] ?? [], encodings[3] ?? []];
      expect(split.filter((row, index) => !isDeepStrictEqual(row, cut[index])).length).toBeGreaterThan(20);
    },
  );

  it.each(Object.entries(expected))('is what the tokenizer %s gives', async (name, reference) => {
    const comparison = await compareTokenizer(await loadTokenizer(join(FIXTURES, name)), reference, texts);
    expect(comparison.settings).toEqual([]);
    expect(comparison.examples).toEqual([]);
    expect(comparison.differences).toEqual([0, 0, 0, 0]);
    expect(comparison.tokens).toBe(0);
  });
});

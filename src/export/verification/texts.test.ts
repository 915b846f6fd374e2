import { describe, expect, it } from 'vitest';
import { encoderOf } from '../../testing/exports.js';
import { BUILT_IN_PAIRS, BUILT_IN_TEXTS, hashOfTexts } from './texts.js';

describe('the built-in texts', () => {
  it('are each there once', () => {
    expect(new Set(BUILT_IN_TEXTS).size).toBe(BUILT_IN_TEXTS.length);
  });

  it.each(['splade-bert', 'splade-modernbert'])('are of many lengths in tokens of %s', async (name) => {
    const encoder = await encoderOf(name);
    const lengths = (await encoder.tokenize(BUILT_IN_TEXTS)).map(({ length }) => length);
    expect(Math.min(...lengths)).toBe(2);
    expect(Math.max(...lengths)).toBe(encoder.maxSeqLength);
    expect(new Set(lengths).size).toBeGreaterThan(5);
  });

  it('are longer than models of 1,024 tokens take', () => {
    expect(Math.max(...BUILT_IN_TEXTS.map((text) => text.split(' ').length))).toBeGreaterThan(1024);
  });

  it('come with pairs, of which both texts are left where 32 tokens are', async () => {
    const encoder = await encoderOf('splade-bert');
    const { tokenTypeIds } = await encoder.preprocess(BUILT_IN_PAIRS);
    const types = (await tokenTypeIds?.data()) ?? [];
    const length = types.length / BUILT_IN_PAIRS.length;
    for (const pair of BUILT_IN_PAIRS.keys()) {
      const own = Array.from(types).slice(pair * length, (pair + 1) * length);
      expect(new Set(own)).toEqual(new Set([0, 1]));
    }
  });
});

describe('hashOfTexts', () => {
  it('tells texts, their order and their borders apart', () => {
    const hashes = [
      [],
      [''],
      ['', ''],
      ['ab', 'c'],
      ['a', 'bc'],
      ['c', 'ab'],
      ['abc'],
      ['a\n1:b'],
      ['a', 'b'],
      [['a', 'b'] as const],
      ['1:a+1:b'],
      ['é'],
      ['e\u0301'],
    ].map((texts) => hashOfTexts(texts));
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOfTexts(['a', 'b'])).toBe(hashOfTexts(['a', 'b']));
  });
});

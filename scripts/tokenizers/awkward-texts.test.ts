import { describe, expect, it } from 'vitest';
import { awkwardTexts } from './awkward-texts.js';

describe('awkwardTexts', () => {
  const texts = awkwardTexts(20_000, 1);
  const all = texts.flat();

  it('gives the same texts for the same seed, and others for another', () => {
    expect(awkwardTexts(200, 3)).toEqual(awkwardTexts(200, 3));
    expect(awkwardTexts(200, 3)).not.toEqual(awkwardTexts(200, 4));
  });

  it('holds every character of the planes that have any, assigned or not', () => {
    const seen = new Set(all.flatMap((text) => Array.from(text, (character) => character.codePointAt(0))));
    const missing = Array.from({ length: 0x33000 }, (_, point) => point).filter(
      (point) => (point < 0xd800 || point > 0xdfff) && !seen.has(point),
    );
    expect(missing).toEqual([]);
  });

  it('holds no lone surrogate, which Python does not take', () => {
    expect(all.filter((text) => /\p{Surrogate}/u.test(text))).toEqual([]);
  });

  it('holds pairs, empty texts, long words and long texts', () => {
    expect(texts.filter((text) => typeof text !== 'string').length).toBeGreaterThan(1000);
    expect(all).toContain('');
    expect(all.some((text) => /\S{250}/u.test(text))).toBe(true);
    expect(all.some((text) => text.split(' ').length > 300)).toBe(true);
  });
});

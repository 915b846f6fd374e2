import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.js';
import { copyOfModel, editJson, MODELS } from '../testing/files/damaged-model.js';
import { loadTokenizer } from './load-tokenizer.js';
import { longestText, partOf, partSizes } from './long-texts.js';

const NAMES = readdirSync(MODELS).filter((name) => /^(splade|csr$)/.test(name));
const WORDS = [
  'a',
  'the',
  'unbelievably',
  'Élan',
  '½',
  'ﷺ',
  '東京',
  '😀',
  '[MASK]',
  'x'.repeat(150),
  '  \n',
  "don't",
  'ë̀',
];

function longText(seed: number, length: number, separator: string): string {
  const random = seededRandom(seed);
  let text = '';
  while (text.length < length) text += random.pick(WORDS) + separator;
  return text;
}

describe('a text that is longer than the limit of tokens', () => {
  it.each(NAMES)('gives what the whole of it gives, with the tokenizer of %s', async (name) => {
    const tokenizer = await loadTokenizer(join(MODELS, name));
    const options = { addSpecialTokens: false };
    for (const [seed, separator] of [' ', '', ' '.repeat(40), '\n'].entries()) {
      const text = longText(seed, 30_000, separator);
      const [whole] = await tokenizer.encodeBatch([text], { ...options, maxLength: Infinity });
      for (const maxLength of [1, 2, 17, 300, 1000]) {
        const [cut] = await tokenizer.encodeBatch([text], { ...options, maxLength });
        expect(cut?.ids, `${JSON.stringify(separator)}, ${maxLength}`).toEqual(
          whole?.ids.slice(0, maxLength),
        );
      }
    }
  });

  it('is cut from its other end where the tokenizer says so', async () => {
    const folder = copyOfModel('splade-bert');
    editJson(join(folder, 'tokenizer_config.json'), (config) => (config['truncation_side'] = 'left'));
    const tokenizer = await loadTokenizer(folder);
    const text = longText(9, 30_000, ' ');
    const [whole] = await tokenizer.encodeBatch([text], { addSpecialTokens: false, maxLength: Infinity });
    const [cut] = await tokenizer.encodeBatch([text], { addSpecialTokens: false, maxLength: 50 });
    expect(cut?.ids).toEqual(whole?.ids.slice(-50));
  });

  it('is read no further than decides, nor than the most characters', async () => {
    const tokenizer = await loadTokenizer(join(MODELS, 'splade-bert'));
    const start = performance.now();
    const words = 'a word '.repeat(1_500_000);
    const spaces = `a${' '.repeat(2 * longestText(32))}b`;
    const [ofWords, ofSpaces] = await tokenizer.encodeBatch([words, spaces], {
      addSpecialTokens: false,
      maxLength: 32,
    });
    expect(ofWords?.ids).toHaveLength(32);
    expect(ofSpaces?.ids).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('is read in parts that grow', () => {
    expect(partSizes(32)).toEqual([4096, 16_384, 65_536, 262_144]);
    expect(partSizes(10_000)).toEqual([160_000, 640_000]);
    expect(partSizes(Infinity)).toEqual([Infinity]);
  });

  it('is not cut inside a character', () => {
    expect(partOf('a😀b', 2, 'right')).toBe('a');
    expect(partOf('a😀b', 2, 'left')).toBe('b');
    expect(partOf('a😀b', 3, 'right')).toBe('a😀');
  });
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.js';
import { copyOfModel, editJson, MODELS } from '../testing/files/damaged-model.js';
import { loadTokenizer } from './load-tokenizer.js';
import { longestText, partOf, partSizes } from './long-texts.js';
import { longestFirst } from './truncate-pair.js';

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
  it.each(NAMES)('gives the same tokens as the whole text, with the tokenizer of %s', async (name) => {
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

  it.each(['csr', 'splade-roberta'])('gives the same in a pair, with the tokenizer of %s', async (name) => {
    const tokenizer = await loadTokenizer(join(MODELS, name));
    const options = { addSpecialTokens: false, maxLength: Infinity };
    const texts = [0, 1, 2].map((seed) => longText(seed, 9_000 + 4_000 * seed, ' '.repeat(1 + 9 * seed)));
    const short = 'only a few words';
    const ids = async (text: string): Promise<readonly number[]> =>
      (await tokenizer.encodeBatch([text], options))[0]?.ids ?? [];
    const special = (await tokenizer.encodeBatch([['', '']], { ...options, addSpecialTokens: true }))[0];
    for (const pair of texts.flatMap((text) => [
      [text, short] as const,
      [short, text] as const,
      ...texts.map((other) => [text, other] as const),
    ])) {
      const [first, second] = [await ids(pair[0]), await ids(pair[1])];
      for (const room of [2, 17, 300, 301]) {
        const maxLength = room + (special?.ids.length ?? 0);
        const [cut] = await tokenizer.encodeBatch([pair], { addSpecialTokens: true, maxLength });
        const own = cut?.ids.filter((id) => !special?.ids.includes(id));
        const [ofFirst, ofSecond] = longestFirst(first.length, second.length, room);
        const expected = [...first.slice(0, ofFirst), ...second.slice(0, ofSecond)];
        expect(own).toEqual(expected.filter((id) => !special?.ids.includes(id)));
        expect(cut).toMatchObject({ isCut: true });
      }
    }
  });

  it('is read only as far as needed in a pair', async () => {
    const tokenizer = await loadTokenizer(join(MODELS, 'splade-bert'));
    const words = 'a word '.repeat(30_000);
    const time = async (length: number, maxLength: number): Promise<number> => {
      const before = process.cpuUsage();
      const pair = [words.slice(0, length), words] as const;
      await tokenizer.encodeBatch([pair], { addSpecialTokens: false, maxLength });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await time(7, 32);
    // With even room each text gets half; beside a short text the other gets the rest. Neither case reads all 210,000
    // characters.
    const whole = await time(words.length, Infinity);
    expect(await time(words.length, 32)).toBeLessThan(whole / 4);
    expect(await time(35, 33)).toBeLessThan(whole / 4);
  });

  it('is cut from its other end if the tokenizer says so', async () => {
    const folder = copyOfModel('splade-bert');
    editJson(join(folder, 'tokenizer_config.json'), (config) => (config['truncation_side'] = 'left'));
    const tokenizer = await loadTokenizer(folder);
    const text = longText(9, 30_000, ' ');
    const [whole] = await tokenizer.encodeBatch([text], { addSpecialTokens: false, maxLength: Infinity });
    const [cut] = await tokenizer.encodeBatch([text], { addSpecialTokens: false, maxLength: 50 });
    expect(cut?.ids).toEqual(whole?.ids.slice(-50));
  });

  it('is read only as far as needed, and never beyond the limit of characters', async () => {
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

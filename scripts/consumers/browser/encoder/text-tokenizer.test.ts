import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../../../src/tokenizer/load-tokenizer.js';
import type { EncodedText, TokenizerInput } from '../../../../src/tokenizer/tokenizer.js';
import { awkwardTexts } from '../../../tokenizers/awkward-texts.js';
import { FIXTURES } from '../../../tokenizers/reference.js';
import { TextTokenizer, type TokenizerFiles } from './text-tokenizer.js';

const FOLDER = join(FIXTURES, 'bert');

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
}

const browser = new TextTokenizer({
  tokenizer: readJson('tokenizer.json'),
  config: readJson('tokenizer_config.json'),
} as TokenizerFiles);

const idsOf = (text: EncodedText | undefined): string => JSON.stringify([text?.ids, text?.typeIds]);

/** Texts that the two tokenizers read differently. */
async function differing<Input extends TokenizerInput>(
  texts: readonly Input[],
  maxLength: number,
  addSpecialTokens = true,
): Promise<Input[]> {
  const options = { maxLength, addSpecialTokens };
  const expected = await (await loadTokenizer(FOLDER)).encodeBatch(texts, options);
  return texts.filter((text, index) => idsOf(browser.encode(text, options)) !== idsOf(expected[index]));
}

/** Each within a word. Letters apart, of which `awkwardTexts` shows each. */
const WORDS = Array.from({ length: 0x20000 }, (_, point) => point)
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point))
  .filter((character) => !/\p{L}/u.test(character))
  .map((character) => `a${character}b`);

const newer = (await differing(WORDS, Infinity)).map((word) => word.slice(1, -1)).join('');

describe('TextTokenizer', () => {
  it('differs from the native tokenizer in marks, signs and format characters of rare scripts, which are newer than its tables', () => {
    const others = Array.from(newer).filter((character) => !/[\p{M}\p{P}\p{Cf}\p{Cn}᙭]/u.test(character));
    expect(others).toEqual([]);
    const used =
      /[\p{Script=Latin}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Emoji}]/gu;
    expect(newer.match(used)).toBeNull();
  });

  it.each([
    [Infinity, true],
    [64, true],
    [3, true],
    [64, false],
  ])('gives the ids of the native tokenizer, cut to %s, special tokens: %s', async (maxLength, special) => {
    const isOlder = (text: TokenizerInput): boolean =>
      !Array.from([text].flat().join('')).some((c) => newer.includes(c));
    const texts = awkwardTexts(4000, 7).filter(isOlder);
    expect(texts.length).toBeGreaterThan(3700);
    expect(await differing(texts, maxLength, special)).toEqual([]);
  });

  it.each([
    ['a sigma at the end of a word', 'ΟΔΥΣΣΕΥΣ ΣΑΣ'],
    ['Chinese characters beyond U+FFFF', '東𠮷𪚥㐂'],
    ['an empty second text', ['first', '']],
    ['an empty first text', ['', 'second']],
    ['special tokens inside the text', 'one [MASK] two [SEP]'],
  ] as const)('reads %s as the native tokenizer does', async (_, text) => {
    expect(await differing([text], 64)).toEqual([]);
  });
});

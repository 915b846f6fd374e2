import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError, ModelFileError, OptionError } from '../errors.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { TINY_TOKENIZERS } from '../testing/tokenizers/tiny-tokenizers.js';
import { type LoadTokenizerOptions, loadTokenizer } from './load-tokenizer.js';
import type { Tokenizer, TokenizerInput } from './tokenizer.js';

const BERT = {
  tokenizer_class: 'BertTokenizer',
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: null,
};

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = join(temporaryFolder(), 'model');
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

async function tiny(
  type: string,
  config: Readonly<Record<string, unknown>> = {},
  options: LoadTokenizerOptions = {},
): Promise<Tokenizer> {
  const files = { 'tokenizer.json': TINY_TOKENIZERS[type], 'tokenizer_config.json': config };
  return loadTokenizer(folderWith(files), options);
}

async function idsOf(
  tokenizer: Tokenizer,
  texts: TokenizerInput[],
  maxLength = Infinity,
): Promise<readonly (readonly number[])[]> {
  const encoded = await tokenizer.encodeBatch(texts, { maxLength, addSpecialTokens: true });
  return encoded.map(({ ids }) => ids);
}

const WORDS = 'hello world a world hello a hello world';

describe('encodeBatch', () => {
  it('gives texts and pairs of a mixed batch in their order', async () => {
    const tokenizer = await tiny('WordPiece', BERT);
    const encoded = await tokenizer.encodeBatch(['hello', ['a', 'world'], 'world'], {
      maxLength: 10,
      addSpecialTokens: true,
    });
    expect(encoded).toEqual([
      { ids: [2, 4, 3], typeIds: [0, 0, 0] },
      { ids: [2, 7, 3, 5, 3], typeIds: [0, 0, 0, 1, 1] },
      { ids: [2, 5, 3], typeIds: [0, 0, 0] },
    ]);
  });

  it('neither cuts nor pads as tokenizer.json says', async () => {
    const tokenizer = await tiny('WordPiece', BERT);
    const lengths = (await idsOf(tokenizer, [WORDS, 'a'])).map((ids) => ids.length);
    expect(lengths).toEqual([10, 3]);
  });

  it('gives the odd token of a cut pair to the longer text, however long both are', async () => {
    const tokenizer = await tiny('WordPiece', BERT);
    const texts: TokenizerInput[] = [
      ['a '.repeat(50), 'hello '.repeat(40)],
      ['a '.repeat(40), 'hello '.repeat(50)],
      ['a '.repeat(50), 'hello '],
    ];
    const counts = (await idsOf(tokenizer, texts, 10)).map((ids) =>
      [7, 4].map((id) => ids.filter((other) => other === id).length),
    );
    expect(counts).toEqual([
      [4, 3],
      [3, 4],
      [6, 1],
    ]);
  });

  it('cuts at the side that tokenizer_config.json says', async () => {
    const tokenizer = await tiny('WordPiece', { ...BERT, truncation_side: 'left' });
    expect(await idsOf(tokenizer, ['a hello world', ['a a hello', 'a world world']], 5)).toEqual([
      [2, 7, 4, 5, 3],
      [2, 4, 3, 5, 3],
    ]);
    expect(await idsOf(tokenizer, ['a hello world'], 4)).toEqual([[2, 4, 5, 3]]);
  });

  it('keeps lengths of calls that run at the same time apart', async () => {
    const tokenizer = await tiny('WordPiece', BERT);
    const lengths = [3, 5, Infinity, 4, 3, 5];
    const batches = await Promise.all(
      lengths.map((length) => idsOf(tokenizer, Array<string>(50).fill(WORDS), length)),
    );
    expect(batches.map((batch) => [...new Set(batch.map((ids) => ids.length))])).toEqual([
      [3],
      [5],
      [10],
      [4],
      [3],
      [5],
    ]);
  });

  it('reads a lone surrogate as U+FFFD, as Unicode does; Python refuses it', async () => {
    const tokenizer = await tiny('BPE');
    const [replaced] = await idsOf(tokenizer, ['a\ufffdb']);
    expect(await idsOf(tokenizer, ['a\ud800b', 'a\udc00b'])).toEqual([replaced, replaced]);
  });

  it('takes empty texts, NUL and texts of a megabyte', async () => {
    const tokenizer = await tiny('WordPiece', BERT);
    const [empty, nul, long, word] = await idsOf(tokenizer, [
      '',
      'a\0b',
      'hello '.repeat(170_000),
      'a'.repeat(1e6),
    ]);
    expect([empty, nul, word]).toEqual([
      [2, 3],
      [2, 7, 8, 3],
      [2, 1, 3],
    ]);
    expect(long).toHaveLength(170_002);
  });

  it('refuses a length that the special tokens alone exceed', async () => {
    const tokenizer = await tiny('WordPiece', BERT);
    await expect(idsOf(tokenizer, ['a'], 1)).rejects.toThrow(/adds 2 special tokens to a text/);
    await expect(idsOf(tokenizer, [['a', 'b']], 2)).rejects.toThrow(/adds 3 special tokens to a pair/);
    await expect(idsOf(tokenizer, ['a'], 1.5)).rejects.toThrow(OptionError);
    expect(await idsOf(tokenizer, ['a'], 2)).toEqual([[2, 3]]);
  });

  it('refuses what is not a text', async () => {
    const tokenizer = await tiny('WordPiece', BERT);
    await expect(idsOf(tokenizer, ['a', 7 as unknown as string])).rejects.toThrow(InputError);
    await expect(idsOf(tokenizer, [['a'] as unknown as [string, string]])).rejects.toThrow(
      /texts\[0\] is not a text/,
    );
  });

  it('names the file if the vocabulary lacks the unknown token', async () => {
    const tokenizer = await tiny('WordPiece', { ...BERT, unk_token: '[none]' });
    await expect(idsOf(tokenizer, ['zzz'])).rejects.toThrow(ModelFileError);
    await expect(idsOf(tokenizer, ['zzz'])).rejects.toThrow(/tokenizer\.json/);
  });
});

describe('idToToken', () => {
  it('gives no token for what is not an id', async () => {
    const tokenizer = await tiny('WordPiece', BERT);
    expect([4, -1, 1.5, NaN, 2 ** 32, 999].map((id) => tokenizer.idToToken(id))).toEqual([
      'hello',
      ...Array<undefined>(5).fill(undefined),
    ]);
    expect(tokenizer.tokenToId('world')).toBe(5);
    expect(tokenizer.tokenToId('nowhere')).toBeUndefined();
  });
});

describe('lowerCase', () => {
  it('lower-cases before a normalizer that does not', async () => {
    const cased = { ...BERT, do_lower_case: false };
    expect(await idsOf(await tiny('WordPiece', cased), ['Hello'])).toEqual([[2, 1, 3]]);
    expect(await idsOf(await tiny('WordPiece', cased, { lowerCase: true }), ['Hello'])).toEqual([[2, 4, 3]]);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../errors.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { TINY_TOKENIZERS } from '../testing/tokenizers/tiny-tokenizers.js';
import { loadTokenizer } from './load-tokenizer.js';
import { loadNativeLibrary, TokenizerUnavailableError } from './native-library.js';

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = join(temporaryFolder(), 'model');
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

function changed(type: string, change: (json: Record<string, Record<string, unknown>>) => void): unknown {
  const json = structuredClone(TINY_TOKENIZERS[type]) as Record<string, Record<string, unknown>>;
  change(json);
  return json;
}

const load = async (files: Readonly<Record<string, unknown>>): ReturnType<typeof loadTokenizer> =>
  loadTokenizer(folderWith(files));

describe('loadTokenizer', () => {
  it('takes settings from tokenizer.json where tokenizer_config.json has none', async () => {
    const tokenizer = await load({
      'tokenizer.json': changed('WordPiece', (json) =>
        Object.assign(json['padding'] ?? {}, { direction: 'Left' }),
      ),
    });
    expect(tokenizer).toMatchObject({
      paddingSide: 'left',
      paddingId: 0,
      unknownId: undefined,
      modelMaxLength: Infinity,
      modelInputNames: ['input_ids', 'attention_mask'],
      vocabularySize: 9,
    });
  });

  it('reads 10^30 as no maximum length', async () => {
    const files = { 'tokenizer.json': TINY_TOKENIZERS['BPE'] };
    const none = { model_max_length: 1e30 };
    expect((await load({ ...files, 'tokenizer_config.json': none })).modelMaxLength).toBe(Infinity);
    expect((await load({ ...files, 'tokenizer_config.json': { model_max_length: 77 } })).modelMaxLength).toBe(
      77,
    );
  });

  it('keeps the token __proto__ of a vocabulary', async () => {
    const json = JSON.stringify(TINY_TOKENIZERS['WordPiece']).replace('"hello":4', '"__proto__":4');
    for (const tokenizer_class of ['BertTokenizer', 'PreTrainedTokenizerFast']) {
      const tokenizer = await load({ 'tokenizer.json': json, 'tokenizer_config.json': { tokenizer_class } });
      expect(tokenizer.tokenToId('__proto__')).toBe(4);
    }
  });

  it('says how to make a tokenizer.json if there is none', async () => {
    await expect(load({})).rejects.toThrow(/holds no tokenizer\.json; in Python, .*save_pretrained/);
    await expect(load({ 'config.json': { model_type: 'bert' } })).rejects.toThrow(/nor vocab\.txt;/);
    await expect(load({ 'config.json': { model_type: 'roberta' }, 'vocab.json': {} })).rejects.toThrow(
      /nor vocab\.json and merges\.txt;/,
    );
  });

  it.each([
    ['tokenizer.json', '{"version":', /tokenizer\.json, line 1/],
    ['tokenizer.json', {}, /model is missing/],
    [
      'tokenizer.json',
      changed('BPE', (json) => Object.assign(json['model'] ?? {}, { type: 'BPF' })),
      /model\.type is "BPF"/,
    ],
    [
      'tokenizer.json',
      changed('BPE', (json) => Object.assign(json['model'] ?? {}, { vocab: { a: -1 } })),
      /model\.vocab\["a"\] is -1/,
    ],
    [
      'tokenizer.json',
      changed('BPE', (json) => Object.assign(json['model'] ?? {}, { vocab: { a: 2 ** 32 } })),
      /model\.vocab\["a"\]/,
    ],
    [
      'tokenizer.json',
      changed('Unigram', (json) => Object.assign(json['model'] ?? {}, { unk_id: 9 })),
      /model\.unk_id is 9/,
    ],
    [
      'tokenizer.json',
      changed('Unigram', (json) => Object.assign(json['model'] ?? {}, { vocab: [['a']] })),
      /model\.vocab\[0\]/,
    ],
    [
      'tokenizer.json',
      changed('WordPiece', (json) => Object.assign(json['post_processor'] ?? {}, { special_tokens: {} })),
      /post_processor\.special_tokens lacks "\[CLS\]"/,
    ],
    [
      'tokenizer.json',
      changed('BPE', (json) =>
        Object.assign(json['normalizer'] ?? {}, {
          normalizers: [{ type: 'Strip', strip_left: true, strip_right: true }],
        }),
      ),
      /removes all of the added token "  "/,
    ],
    ['tokenizer_config.json', { model_max_length: 'long' }, /model_max_length is "long"/],
    ['tokenizer_config.json', { cls_token: 7 }, /tokenizer_config\.json, cls_token/],
    ['tokenizer_config.json', { padding_side: 'top' }, /padding_side is "top"/],
    ['special_tokens_map.json', [], /special_tokens_map\.json/],
    ['added_tokens.json', { a: 'b' }, /added_tokens\.json: a is "b"/],
    ['config.json', '', /config\.json/],
  ])('names %s and what is wrong in it', async (name, content, message) => {
    const promise = load({ 'tokenizer.json': TINY_TOKENIZERS['BPE'], [name]: content });
    await expect(promise).rejects.toThrow(ModelFileError);
    await expect(promise).rejects.toThrow(message);
  });

  it('refuses a vocabulary of another kind than the class takes', async () => {
    const promise = load({
      'tokenizer.json': TINY_TOKENIZERS['Unigram'],
      'config.json': { model_type: 'bert' },
    });
    await expect(promise).rejects.toThrow(/model\.type is "Unigram"; .* expects "WordPiece"/);
  });
});

describe('loadNativeLibrary', () => {
  it('names the platform without a native binding, and what to do', async () => {
    const missing = async (): Promise<never> => {
      throw new Error('Cannot find native binding.\nnpm has a bug');
    };
    const promise = loadNativeLibrary(missing);
    await expect(promise).rejects.toThrow(TokenizerUnavailableError);
    await expect(promise).rejects.toThrow(
      new RegExp(
        `${process.platform}-${process.arch}: Cannot find native binding\\. .*npm install tokenizers`,
      ),
    );
  });
});

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../errors.js';
import { copyOfModel, editJson, type JsonEdit } from '../testing/files/damaged-model.js';
import { loadTokenizer } from './load-tokenizer.js';

async function refusal(edit: JsonEdit): Promise<string> {
  const folder = copyOfModel('splade-bert');
  editJson(join(folder, 'tokenizer.json'), edit);
  const error: unknown = await loadTokenizer(folder).catch((reason: unknown) => reason);
  return error instanceof ModelFileError
    ? error.message.replaceAll(folder, 'FOLDER')
    : `loaded: ${String(error)}`;
}

const split =
  (regex: string): JsonEdit =>
  (json) =>
    void (json['pre_tokenizer'] = {
      type: 'Split',
      pattern: { Regex: regex },
      behavior: 'Isolated',
      invert: false,
    });

const replace = (count: number, content: string) => (json: Record<string, unknown>) =>
  void (json['normalizer'] = {
    type: 'Sequence',
    normalizers: Array.from({ length: count }, () => ({
      type: 'Replace',
      pattern: { String: 'a' },
      content,
    })),
  });

describe('a pattern', () => {
  // On the text that exposes them, the library ends the process.
  it.each(['(a+)+$', '(a|a)*$', '(.*)*x', '([a-z]+)*!', '(x+x+)+y', '(\\s+)*$'])(
    '%s is refused',
    async (regex) => {
      expect(await refusal(split(regex))).toMatch(
        /has the regular expression ".+", which takes too long on some/,
      );
    },
  );

  it.each(['[a-z]+|\\d', '\\w+|[^\\w\\s]+', '(?:ab|cd)+'])('%s is taken', async (regex) => {
    expect(await refusal(split(regex))).toContain('loaded');
  });

  it('is one of a few', async () => {
    const pretokenizers = Array.from({ length: 9 }, (_, index) => ({
      type: 'Split',
      pattern: { Regex: `x{${index + 2}}` },
      behavior: 'Isolated',
      invert: false,
    }));
    expect(
      await refusal((json) => void (json['pre_tokenizer'] = { type: 'Sequence', pretokenizers })),
    ).toMatch(/has 9 regular expressions that no published tokenizer has; expected at most 8/);
  });
});

describe('what grows without bounds is refused:', () => {
  it.each<[string, JsonEdit, RegExp]>([
    [
      '12 Replaces in a row',
      replace(12, 'aaaaaaaaaa'),
      /ones 1000000000000 times as long; expected at most 16/,
    ],
    ['many normalizers', replace(65, 'a'), /normalizer has 65 normalizers; expected at most 64/],
    [
      'a long prefix of every text',
      (json) => void (json['normalizer'] = { type: 'Prepend', prepend: 'x'.repeat(65) }),
      /normalizer prepends 65 characters/,
    ],
    [
      'long words',
      (json) => void ((json['model'] as Record<string, unknown>)['max_input_chars_per_word'] = 1001),
      /max_input_chars_per_word is 1001; expected a whole number up to 1000/,
    ],
    [
      'added tokens',
      (json) => {
        const token = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
        json['added_tokens'] = Array.from({ length: 20_001 }, (_, id) => ({
          id,
          content: `t${id}`,
          ...token,
        }));
      },
      /added_tokens is a list of 20001; expected at most 20000 entries/,
    ],
    [
      'long tokens of a Unigram model',
      (json) => void (json['model'] = { type: 'Unigram', unk_id: 0, vocab: [['x'.repeat(257), -1]] }),
      /model\.vocab\[0\] has a token of 257 characters; expected at most 256/,
    ],
  ])('%s', async (_, edit, message) => {
    expect(await refusal(edit)).toMatch(message);
  });
});

import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../errors.js';
import { type Random, seededRandom } from '../random.js';
import { readTokenizer } from '../testing/tokenizers/read-tokenizer.js';
import { TINY_TOKENIZERS } from '../testing/tokenizers/tiny-tokenizers.js';

type Json = Record<string, unknown>;

const FILES = 2_000;

/** Replacements for parts of a tokenizer.json. Some of them have crashed the library. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  2 ** 32,
  1e300,
  '',
  'a',
  '##',
  '[UNK]',
  'AAAA',
  '\u0301',
  [],
  {},
  ['a', 'b'],
  { Regex: '' },
  { Regex: '(' },
  { String: '' },
  { Regex: 'a*' },
  { type: 'Precompiled', precompiled_charsmap: '' },
  { type: 'Precompiled', precompiled_charsmap: 'BAAAAAAAAAA=' },
  { type: 'FixedLength', length: 0 },
  { type: 'Prepend', prepend: '' },
  { type: 'Strip', strip_left: true, strip_right: true },
  { type: 'StripAccents' },
  { type: 'Replace', pattern: { Regex: '^' }, content: 'aa' },
  { type: 'Split', pattern: { String: '' }, behavior: 'Removed', invert: true },
  { type: 'Sequence', normalizers: [] },
  { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  {
    type: 'TemplateProcessing',
    single: [{ Sequence: { id: 'B', type_id: 0 } }],
    pair: [],
    special_tokens: {},
  },
  { type: 'BertProcessing', sep: ['x', 99], cls: ['y', 98] },
];

function placesIn(value: unknown): [Json, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap(
    (key) => [[value as Json, key], ...placesIn((value as Json)[key])] as [Json, string][],
  );
}

function damage(json: object, random: Random): object {
  const damaged = structuredClone(json) as Json;
  // There are far more tokens than anything else.
  const parts = ['normalizer', 'pre_tokenizer', 'post_processor', 'model', 'added_tokens'];
  for (let count = 1 + random.below(2); count > 0; count--) {
    const part = random.pick(parts);
    const [owner, key] = random.pick([[damaged, part] as [Json, string], ...placesIn(damaged[part])]);
    const value = owner[key];
    if (random.below(6) === 0) delete owner[key];
    else if (typeof value === 'string' && random.below(3) === 0) {
      const place = random.below(value.length + 1);
      owner[key] =
        value.slice(0, place) + random.pick(['', 'A', '/', 'é', '\ud800']) + value.slice(place + 1);
    } else if (typeof value === 'number' && random.below(2) === 0) {
      owner[key] = value + random.below(2000) - 1000;
    } else owner[key] = structuredClone(random.pick(STRANGE));
  }
  return damaged;
}

describe('a damaged tokenizer.json', () => {
  // If the library crashes, it takes this process with it, which also fails the test.
  it(`gives a tokenizer or a ModelFileError, and lives, for ${FILES} files`, async () => {
    const random = seededRandom(5);
    const bases = Object.values(TINY_TOKENIZERS);
    const outcomes = { works: 0, refused: 0 };
    for (let count = 0; count < FILES; count++) {
      const text = JSON.stringify(damage(random.pick(bases), random));
      try {
        await readTokenizer(new TextEncoder().encode(text))();
        outcomes.works++;
      } catch (error) {
        if (!(error instanceof ModelFileError)) throw new Error(text, { cause: error });
        outcomes.refused++;
      }
    }
    expect(outcomes.works).toBeGreaterThan(FILES / 20);
    expect(outcomes.refused).toBeGreaterThan(FILES / 4);
  });

  it.each(Object.entries(TINY_TOKENIZERS))(
    'does not include the undamaged one of %s',
    async (_type, json) => {
      await expect(readTokenizer(new TextEncoder().encode(JSON.stringify(json)))()).resolves.toBeUndefined();
    },
  );
});

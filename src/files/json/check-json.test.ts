import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../../errors.js';
import { checkJson, MAX_JSON_DEPTH } from './check-json.js';

const check = (text: string): void => checkJson(text, 'x');

function accepts(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON.parse for texts with only finite numbers. */
const parseFinite = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown) => {
    if (value === Infinity || value === -Infinity) throw new RangeError(text);
    return value;
  });

// Pieces of JSON, and some that only look like it.
const piece = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  '"a"',
  '"\\u00e9"',
  '"\\x"',
  '"\\u12"',
  '\\',
  '\n',
  '\t',
  ' ',
  '\u00a0',

  '0',
  '-',
  '01',
  '-0',
  '1.5',
  '1.',
  '.5',
  '1e5',
  '1E+',
  'true',
  'tru',
  'null',
  'NaN',
  "'a'",
  '//',
  'é',
  '\u0001',
);

describe('checkJson', () => {
  it('takes exactly the texts that JSON.parse takes without Infinity, of which pieces of JSON are put together', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        expect(accepts(check, text), text).toBe(accepts(parseFinite, text));
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it('takes exactly what JSON.parse takes without Infinity of JSON with one character changed', () => {
    const changed = fc.tuple(fc.json(), fc.nat(), fc.oneof(piece, fc.constant('')));
    fc.assert(
      fc.property(changed, ([json, position, insert]) => {
        const at = position % json.length;
        const text = json.slice(0, at) + insert + json.slice(at + 1);
        expect(accepts(check, text), text).toBe(accepts(parseFinite, text));
      }),
      { numRuns: 5_000, seed: 2 },
    );
  });

  it.each([
    ['{"a": 1,}', 8],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['"abc', 4],
    ['"a\tb"', 2],
    ['"\\q"', 1],
    ['[1] x', 4],
    ['', 0],
    ['nul', 0],
    ['{a: 1}', 1],
  ])('finds the place of what is wrong in %j', (text, offset) => {
    expect(() => check(text)).toThrow(`x, line 1, column ${offset + 1}: `);
  });

  it('takes nesting up to the limit and no deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    check(nested(MAX_JSON_DEPTH));
    expect(() => check(nested(MAX_JSON_DEPTH + 1))).toThrow(/at most 128 lists and objects/);
    expect(() => check('{"a":'.repeat(1_000_000))).toThrow(ModelFileError);
  });

  it('refuses a key that comes twice in one object only when asked, however it is escaped', () => {
    const twice = '{"a": {"b": 1}, "b": 2, "\\u0061": 3}';
    check(twice);
    expect(() => checkJson(twice, 'x', { uniqueKeys: true })).toThrow(/the key "a" comes twice/);
  });
});

it('refuses a number that would be read as Infinity, and written as null', () => {
  expect(() => checkJson('{"a": 1e308,\n "b": [-1e400]}', 'a.json')).toThrow(
    /^a\.json, line 2, column 8: found "-"; expected a number of at most 1\.8e308$/,
  );
});

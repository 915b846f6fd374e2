import { describe, expect, it } from 'vitest';
import { compareCodePoints, pythonJson } from './python-json.js';

describe('pythonJson', () => {
  it('indents lists and objects, keeps empty ones on a line, and ends without a newline', () => {
    expect(pythonJson({ b: [1, []], a: {} }, { indent: 2 })).toBe(
      '{\n  "b": [\n    1,\n    []\n  ],\n  "a": {}\n}',
    );
  });

  it('leaves out what is undefined, as if the key were not there', () => {
    expect(pythonJson({ a: undefined, b: null }, { indent: 0 })).toBe('{\n"b": null\n}');
  });

  it('sorts keys by code point, not by UTF-16 unit, and numbers as texts', () => {
    const sorted = pythonJson(
      { '\u{1f600}': 1, '\uff5e': 2, b: 3, '10': 4, '9': 5 },
      { indent: 0, sortKeys: true },
    );
    expect(sorted.match(/: \d/g)?.map((match) => match.slice(2))).toEqual(['4', '5', '3', '2', '1']);
    expect(compareCodePoints('a', 'ab')).toBeLessThan(0);
  });

  it('refuses numbers that JSON does not have', () => {
    expect(() => pythonJson([Infinity], { indent: 2 })).toThrow(RangeError);
  });
});

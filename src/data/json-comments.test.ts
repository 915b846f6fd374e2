import { expect, it } from 'vitest';
import { withoutComments } from './json-comments.js';

it('takes comments and trailing commas out, and leaves strings, lines and columns as they are', () => {
  const text =
    '{\n  // one "quoted"\n  "a//b": "/* no comment */ ,]", /* two\n lines */ "c\\"//": [1, 2,],\n}';
  const json = withoutComments(text);
  expect(JSON.parse(json)).toEqual({ 'a//b': '/* no comment */ ,]', 'c"//': [1, 2] });
  expect(json.length).toBe(text.length);
  expect(json.split('\n').map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length));
});

it('leaves what is not JSON for the parser to refuse', () => {
  for (const text of ['{"a": 1', '/* no end', '"no end // of a string\n']) {
    expect(() => JSON.parse(withoutComments(text)) as unknown).toThrow(SyntaxError);
  }
});

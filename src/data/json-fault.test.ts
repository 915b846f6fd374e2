import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonFault } from './json-fault.js';

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

it('finds none in JSON', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
      expect(jsonFault(JSON.stringify(JSON.parse(text), null, indent))).toBeUndefined();
    }),
  );
});

it('finds one exactly where JSON.parse does', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '}', ']', '"', ':', 'x', '1', '-', '\\', '\n'),
      (text, place, put) => {
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        expect(jsonFault(changed) === undefined).toBe(parses(changed));
      },
    ),
    { numRuns: 2000 },
  );
});

it.each([
  ['{"a": 1, }', 9],
  ['{"a": [1 2]}', 9],
  ['{"a": 01}', 7],
  ['{"a": NaN}', 6],
  ['{"a": "\t"}', 6],
  ['{"a": 1', 7],
  ['', 0],
  ['{} {}', 3],
  ["{'a': 1}", 1],
])('%j stops being JSON at %d', (text, offset) => {
  expect(jsonFault(text)).toBe(offset);
});

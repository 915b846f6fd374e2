import { describe, expect, it } from 'vitest';
import { patternProblem } from './pattern.js';

describe('patternProblem', () => {
  it.each([
    [{ String: ' ' }],
    [{ Regex: '\\s+' }],
    [{ Regex: ' {2,}' }],
    [{ Regex: '[\\p{L}\\p{N}]' }],
    [{ Regex: "''|``" }],
  ])('finds nothing wrong with %j', (pattern) => expect(patternProblem(pattern)).toBeUndefined());

  it.each([
    [{ Regex: '' }],
    [{ Regex: 'a*' }],
    [{ Regex: '^' }],
    [{ Regex: '$' }],
    [{ Regex: '\\b' }],
    [{ Regex: '(?=a)' }],
    [{ String: '' }],
  ])('finds that %j matches the empty string', (pattern) =>
    expect(patternProblem(pattern)).toMatch(/nothing|empty/),
  );

  it.each([[null], ['a'], [{}], [{ Regex: 7 }], [{ Regex: '(' }]])(
    'finds that %j is not a pattern',
    (pattern) => {
      expect(patternProblem(pattern)).toBeDefined();
    },
  );
});

import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.js';
import { checkOrigin, type Origin } from './origin.js';

const port = (path: string, sha256: string): Origin['implementation'] => ({ path, sha256 });
const of = (implementation: Origin['implementation'], backend = 'cpu'): Origin => ({
  implementation,
  backend,
});
const mine = of(port('./my port.mjs', 'a'.repeat(64)));

describe('a saved case', () => {
  it.each([
    ['the same', mine, mine],
    ['the port after an edit', mine, of(port('my port.mjs', 'b'.repeat(64)))],
    ['the port under another name', mine, of(port('copy.mjs', 'a'.repeat(64)))],
    ['our own code', of(null), of(null)],
  ])('is judged with %s', (_, saved, given) => {
    expect(() => checkOrigin('case.json', saved, given)).not.toThrow();
  });

  it.each([
    ['a port forgotten', mine, of(null), "add --implementation './my port.mjs',"],
    ['a backend forgotten', of(null, 'onnx'), of(null), 'add --backend onnx,'],
    [
      'both forgotten',
      of(port('p.mjs', 'c'), 'onnx'),
      of(null),
      'add --implementation p.mjs --backend onnx,',
    ],
    ['a port not meant', of(null), mine, 'leave out --implementation,'],
    ['another port', mine, of(port('other.mjs', 'b'.repeat(64))), "add --implementation './my port.mjs',"],
  ])('is refused with %s, and says what to add', (_, saved, given, hint) => {
    expect(() => checkOrigin('case.json', saved, given)).toThrow(UsageError);
    expect(() => checkOrigin('case.json', saved, given)).toThrow(hint);
    expect(() => checkOrigin('case.json', saved, given)).toThrow(/case\.json is a case of .*--anyway/);
  });
});

import { expect, test } from 'vitest';
import { exitCodeFor, renderRows } from './report.js';
import type { Outcome, Row } from './trial.js';

const works: Outcome = { failure: undefined, seconds: 1, megabytes: 2 };
const fails: Outcome = { ...works, failure: 'getaddrinfo ENOTFOUND' };
const row = (changes: Partial<Row>): Row => ({
  name: 'npm',
  version: '1',
  setting: 'a line',
  isPlainFine: false,
  plain: works,
  documented: works,
  ...changes,
});

test.each([
  [0, 'all works', [row({})]],
  [0, 'only what the documentation warns of fails', [row({ plain: fails })]],
  [1, 'the documented setting does not help', [row({}), row({ documented: fails })]],
  [1, 'what needs no setting fails', [row({ isPlainFine: true, plain: fails, documented: undefined })]],
  [1, 'nothing was tried', []],
  [3, 'a tool is missing', [row({}), { name: 'bun', reason: 'no network' }]],
])('exit code %i if %s', (code, _, rows) => {
  expect(exitCodeFor(rows)).toBe(code);
});

test('the table says what failed and why', () => {
  const text = renderRows([row({ plain: fails }), { name: 'bun', reason: 'no network' }]);
  expect(text).toContain('npm, as it is: getaddrinfo ENOTFOUND');
  expect(text).toContain('bun is not on this machine: no network');
});

// @module-tag slow
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../parity/package-root.js';

const folder = mkdtempSync(join(tmpdir(), 'ci-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Reports {
  readonly tests?: object;
  readonly conformance?: object;
  readonly attack?: object;
  readonly parity?: object;
  readonly live?: object;
}

const vitest = (passed: number, pending = 0) => ({
  numPassedTests: passed,
  numFailedTests: 0,
  numPendingTests: pending,
});
const FINE: Required<Reports> = {
  tests: vitest(3, 2),
  conformance: { summary: { passed: 4, failed: 0 } },
  attack: { summary: { held: 2, failed: 0 } },
  parity: { summary: { cases: 5, mismatches: 0 } },
  live: vitest(6),
};

/** `npm` as far as the script uses it: puts a report where one is asked for, and says that all went well. */
const NPM = `#!/usr/bin/env node
const { writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const at = args.indexOf('--json');
const file = at >= 0 ? args[at + 1] : args.find((each) => each.startsWith('--outputFile.json='))?.split('=')[1];
if (file !== undefined) {
  const name = ['live', 'tests', 'conformance', 'attack', 'parity'].find((each) => file.includes('/' + each));
  const report = JSON.parse(process.env.REPORTS)[name];
  if (report !== undefined) writeFileSync(file, JSON.stringify(report));
}
`;

function runCi(reports: Reports): { status: number | null; last: string } {
  const root = mkdtempSync(join(folder, 'checkout-'));
  const programs = join(root, 'bin');
  mkdirSync(join(root, '.ci'));
  mkdirSync(programs);
  copyFileSync(join(packageRoot(), '.ci', 'run'), join(root, '.ci', 'run'));
  writeFileSync(join(programs, 'npm'), NPM, { mode: 0o755 });
  const { status, stdout } = spawnSync('bash', [join(root, '.ci', 'run')], {
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${programs}${delimiter}${process.env['PATH']}`,
      REPORTS: JSON.stringify(reports),
    },
  });
  return { status, last: stdout.trim().split('\n').at(-1) ?? '' };
}

describe.skipIf(process.platform === 'win32')('.ci/run', () => {
  it('adds up what its steps report', () => {
    // The parity suite runs on two engines.
    expect(runCi(FINE)).toEqual({ status: 0, last: '25 passed, 0 failed' });
  });

  it.each<[string, Reports, string]>([
    ['no test runs', { ...FINE, tests: vitest(0, 5) }, '22 passed, 1 failed'],
    ['no spec runs', { ...FINE, conformance: { summary: { passed: 0, failed: 0 } } }, '21 passed, 1 failed'],
    [
      'no case is compared',
      { ...FINE, parity: { summary: { cases: 0, mismatches: 0 } } },
      '15 passed, 2 failed',
    ],
    ['no attack is tried', { ...FINE, attack: { summary: { held: 0, failed: 0 } } }, '23 passed, 1 failed'],
    ['a run ends with an error', { ...FINE, parity: { error: { exitCode: 3 } } }, '15 passed, 2 failed'],
    ['a report has no counts', { ...FINE, conformance: { summary: {} } }, '21 passed, 1 failed'],
    ['a live test is left out', { ...FINE, live: vitest(6, 2) }, '25 passed, 2 failed'],
    ['there are no live tests', { ...FINE, live: vitest(0) }, '19 passed, 1 failed'],
    ['there is no report at all', {}, '0 passed, 6 failed'],
  ])('fails if %s, though every step ends with 0', (_, reports, last) => {
    expect(runCi(reports)).toEqual({ status: 1, last });
  });
});

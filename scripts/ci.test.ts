// @module-tag slow
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../src/package-root.js';

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
const { HANGS, KILLS } = process.env;
if (args.includes(KILLS)) process.kill(process.ppid);
if (args.includes(HANGS)) {
  writeFileSync('hanging', String(process.pid));
  setInterval(() => {}, 1000);
}
console.log('begin', args[1]);
console.log('end', args[1]);
const at = args.indexOf('--json');
const file = at >= 0 ? args[at + 1] : args.find((each) => each.startsWith('--outputFile.json='))?.split('=')[1];
if (file !== undefined) {
  const name = ['live', 'tests', 'conformance', 'attack', 'parity'].find((each) => file.includes('/' + each));
  const report = JSON.parse(process.env.REPORTS)[name];
  if (report !== undefined) writeFileSync(file, JSON.stringify(report));
}
`;

interface Started {
  readonly ci: ChildProcess;
  readonly root: string;
}

function startCi(reports: Reports, env: Record<string, string> = {}): Started {
  const root = mkdtempSync(join(folder, 'checkout-'));
  const programs = join(root, 'bin');
  mkdirSync(join(root, '.ci'));
  mkdirSync(programs);
  copyFileSync(join(packageRoot(), '.ci', 'run'), join(root, '.ci', 'run'));
  writeFileSync(join(programs, 'npm'), NPM, { mode: 0o755 });
  const ci = spawn('bash', [join(root, '.ci', 'run')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PATH: `${programs}${delimiter}${process.env['PATH']}`,
      REPORTS: JSON.stringify(reports),
      ...env,
    },
  });
  return { ci, root };
}

interface Ended {
  readonly status: unknown;
  readonly lines: readonly string[];
  readonly last: string;
}

async function endOf(ci: ChildProcess): Promise<Ended> {
  let output = '';
  ci.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [status] = (await once(ci, 'close')) as [number | null];
  const lines = output.trim().split('\n');
  return { status, lines, last: lines.at(-1) ?? '' };
}

async function runCi(reports: Reports, env?: Record<string, string>): Promise<Ended> {
  return await endOf(startCi(reports, env).ci);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(process.platform === 'win32')('.ci/run', () => {
  it('adds up what its steps report', async () => {
    // The parity suite runs on two engines.
    expect(await runCi(FINE)).toMatchObject({ status: 0, last: '25 passed, 0 failed' });
  });

  it('keeps apart what steps say that run at the same time', async () => {
    const { lines } = await runCi(FINE);
    const said = lines.filter((line) => /^(begin|end) /.test(line));
    const begun = said.filter((_, index) => index % 2 === 0);
    expect(said).toEqual(begun.flatMap((line) => [line, line.replace('begin', 'end')]));
    expect(begun).toEqual(expect.arrayContaining(['begin conformance', 'begin attack', 'begin parity']));
  });

  it('counts a failure for steps that end before they are through, and goes on', async () => {
    expect(await runCi(FINE, { KILLS: 'conformance' })).toMatchObject({
      status: 1,
      last: '19 passed, 1 failed',
    });
  });

  it('ends the steps that are running when it is ended', async () => {
    const { ci, root } = startCi(FINE, { HANGS: 'attack' });
    const ended = endOf(ci);
    const file = join(root, 'hanging');
    await vi.waitUntil(() => existsSync(file) && readFileSync(file, 'utf8') !== '', { timeout: 60_000 });
    const pid = Number(readFileSync(file, 'utf8'));
    ci.kill('SIGTERM');
    expect(await ended).toMatchObject({ status: 143, last: expect.stringMatching(/ failed$/) as string });
    await vi.waitUntil(() => !isRunning(pid), { timeout: 60_000 });
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
  ])('fails if %s, though every step ends with 0', async (_, reports, last) => {
    expect(await runCi(reports)).toMatchObject({ status: 1, last });
  });
});

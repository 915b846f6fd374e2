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
  readonly training?: object;
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
  training: { summary: { cases: 7, mismatches: 0 } },
  live: vitest(6),
};

/** `npm` as far as the script uses it: puts a report where one is asked for, and says that all went well. */
const NPM = `#!/usr/bin/env bash
file=
for ((at = 1; at <= $#; at++)); do
  arg=\${!at}
  if [ "$arg" = "\${KILLS:-}" ]; then kill "$PPID"; fi
  if [ "$arg" = "\${HANGS:-}" ]; then
    printf %s "$$" >hanging
    exec sleep 600
  fi
  case $arg in
    --json) next=$((at + 1)); file=\${!next} ;;
    --outputFile.json=*) file=\${arg#*=} ;;
  esac
done
printf '%s\\n' "begin $2" "end $2"
for name in live tests conformance attack parity training; do
  if [[ $file = */"$name"* && -e $name.json ]]; then
    cp "$name.json" "$file"
    break
  fi
done
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
  for (const [name, report] of Object.entries(reports)) {
    writeFileSync(join(root, `${name}.json`), JSON.stringify(report));
  }
  const ci = spawn('bash', [join(root, '.ci', 'run')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PATH: `${programs}${delimiter}${process.env['PATH']}`,
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
    expect(await runCi(FINE)).toMatchObject({ status: 0, last: '27 passed, 0 failed' });
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
      last: '21 passed, 1 failed',
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
    ['no test runs', { ...FINE, tests: vitest(0, 5) }, '24 passed, 1 failed'],
    ['no spec runs', { ...FINE, conformance: { summary: { passed: 0, failed: 0 } } }, '23 passed, 1 failed'],
    [
      'no case is compared',
      { ...FINE, parity: { summary: { cases: 0, mismatches: 0 } } },
      '22 passed, 1 failed',
    ],
    [
      'no training is compared',
      { ...FINE, training: { summary: { cases: 0, mismatches: 0 } } },
      '20 passed, 1 failed',
    ],
    ['no attack is tried', { ...FINE, attack: { summary: { held: 0, failed: 0 } } }, '25 passed, 1 failed'],
    ['a run ends with an error', { ...FINE, parity: { error: { exitCode: 3 } } }, '22 passed, 1 failed'],
    ['a report has no counts', { ...FINE, conformance: { summary: {} } }, '23 passed, 1 failed'],
    ['a live test is left out', { ...FINE, live: vitest(6, 2) }, '27 passed, 2 failed'],
    ['there are no live tests', { ...FINE, live: vitest(0) }, '21 passed, 1 failed'],
    ['there is no report at all', {}, '0 passed, 6 failed'],
  ])('fails if %s, though every step ends with 0', async (_, reports, last) => {
    expect(await runCi(reports)).toMatchObject({ status: 1, last });
  });
});

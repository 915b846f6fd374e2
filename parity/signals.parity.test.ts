import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../src/package-root.js';
import { builtProgram } from '../src/testing/built-programs.js';
import { waitUntil } from '../src/testing/promises.js';
import { isRunning, python as reference } from '../src/testing/python/worker-process.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parity-signals-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The processes that a process started, according to /proc. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

const isPython = (pid: number): boolean =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('interface.py');

describe.runIf(reference !== '' && process.platform === 'linux')('the harness', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends in order by %s: exit code %i, no Python, no file, a report', async (signal, code) => {
    const [json, saved] = [join(folder, 'report.json'), join(folder, 'saved')];
    const options = ['--losses', 'SparseTripletLoss', '--cases', '100000', '--save', saved, '--json', json];
    const child = spawn(process.execPath, [builtProgram('parity/main'), ...options], {
      cwd: packageRoot(),
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const closed = new Promise<unknown>((resolve) => child.once('close', resolve));
    const pid = child.pid ?? 0;
    let worker: number | undefined;
    await waitUntil(() => (worker = childrenOf(pid).find(isPython)) !== undefined, 60_000);
    if (worker === undefined) throw new Error('Python was not started');
    const python = worker;
    await waitUntil(() => readFileSync(`/proc/${python}/maps`, 'utf8').includes('libtorch'), 60_000);
    const log = readlinkSync(`/proc/${python}/fd/1`);
    expect(log).toMatch(/python\.log$/);

    child.kill(signal);
    expect(await closed).toBe(code);
    expect(await waitUntil(() => !isRunning(python), 2_000)).toBe(true);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      error: { kind: 'interrupted', exitCode: code },
    });
    expect(existsSync(dirname(log))).toBe(false);
    expect(readdirSync(folder)).toEqual(['report.json']);
  });
});

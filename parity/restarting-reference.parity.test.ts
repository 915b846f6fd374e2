// @module-tag slow
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../src/package-root.js';
import { type Reference, startWorker } from '../src/python/bridge.js';
import { waitUntil } from '../src/testing/promises.js';
import { endSharedReference } from '../src/testing/python/live-reference.js';
import { isRunning, python } from '../src/testing/python/worker-process.js';
import type { ParityCase } from './case.js';
import { isNotChecked, judgeOrName, type LegsOrNot } from './judge-or-name.js';
import { type RestartOptions, RestartingReference } from './restarting-reference.js';

const caseThat = (end: string): ParityCase => ({
  loss: 'FlopsLoss',
  wrapper: 'none',
  format: 'matrix',
  stratum: 'ordinary',
  lossOptions: { end },
  wrapperOptions: {},
  columns: [],
  labels: null,
});

const verdictOf = (legs: LegsOrNot): string =>
  isNotChecked(legs) ? legs.notChecked : (legs.float32.error?.message ?? 'no result');

describe.runIf(python !== '' && process.platform === 'linux')('a reference that fails on some cases', () => {
  let pids: number[] = [];
  const log: string[] = [];
  let reference: RestartingReference;

  beforeAll(endSharedReference);
  afterEach(() => reference.stop());

  /** Whether every Python that was started has ended, once the last one is stopped. */
  async function leavesNone(): Promise<boolean> {
    await reference.stop();
    return await waitUntil(() => !pids.some(isRunning), 2000);
  }

  async function start(options: RestartOptions = {}): Promise<void> {
    pids = [];
    log.length = 0;
    const folder = join(packageRoot(), 'parity', 'testing', 'failing-reference');
    const another = async (): Promise<Reference> => {
      const worker = await startWorker(folder, { python });
      pids.push(worker.pid);
      return worker;
    };
    reference = await RestartingReference.start(another, { log: (line) => log.push(line), ...options });
  }

  it('names each of them, and judges all others', async () => {
    await start({ mostRestarts: 20 });
    const ends = [
      'none',
      'killed',
      'printed',
      'stopped',
      'out of memory',
      'hung',
      'none',
      'crashed',
      'ended',
      'none',
    ];
    const [one, other] = await Promise.all([
      judgeOrName(reference, ends.map(caseThat), 2500),
      judgeOrName(reference, [caseThat('none')]),
    ]);
    expect(one.map(verdictOf)).toEqual([
      'as every case',
      'the Python process ended with SIGKILL',
      'as every case',
      'Python was suspended by a signal during cases.run',
      expect.stringMatching(/^cases\.run raised \w*MemoryError: Unable to allocate/),
      'cases.run took longer than 2500 ms',
      'as every case',
      'the Python process ended with SIGSEGV',
      'the Python process ended with exit code 0',
      'as every case',
    ]);
    expect(other.map(verdictOf)).toEqual(['as every case']);
    expect(log[0]).toBe('the Python process ended with SIGKILL; another one is started');
    expect(pids.length).toBe(log.length + 1);
    expect(await leavesNone()).toBe(true);
  });

  it('is not started again and again', async () => {
    await start({ mostRestarts: 2 });
    const judged = await judgeOrName(reference, ['none', 'killed', 'none', 'ended', 'none'].map(caseThat));
    expect(judged.map(verdictOf)).toEqual([
      'as every case',
      'the Python process ended with SIGKILL',
      'as every case',
      'the Python process ended with exit code 0',
      'the reference failed 3 times, at last: the Python process ended with exit code 0',
    ]);
    expect(log.at(-1)).toMatch(/exit code 0; it is not started again$/);
    expect(pids).toHaveLength(3);
    expect(await leavesNone()).toBe(true);
  });

  it('judges everything if it was killed from outside, once', async () => {
    await start();
    const ends = ['none', 'none'].map(caseThat);
    const running = judgeOrName(reference, ends);
    process.kill(reference.pid, 'SIGKILL');
    expect((await running).map(verdictOf)).toEqual(['as every case', 'as every case']);
    expect(log).toEqual(['the Python process ended with SIGKILL; another one is started']);
  });
});

import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf, kindOf } from '../shell/exit-codes.js';
import { waitUntil, errorOf } from '../testing/promises.js';
import { endSharedReference } from '../testing/python/live-reference.js';
import {
  python,
  selftest,
  empty,
  message,
  isRunning,
  directoryOf,
  directory,
  runScript,
  workerOf,
} from '../testing/python/worker-process.js';
import { startWorker } from './bridge.js';
import { ReferenceUnavailableError } from './errors.js';

describe.runIf(python !== '')('a reference that fails', () => {
  beforeAll(endSharedReference);

  it('rejects the running and the waiting calls within a second when Python is killed', async () => {
    const reference = await startWorker(selftest, { python });
    const calls = [
      reference.call('selftest.sleep', message({ seconds: 60 })),
      reference.call('selftest.echo', empty),
    ].map(errorOf);
    await sleep(300);
    process.kill(reference.pid, 'SIGKILL');
    const killed = Date.now();
    const errors = await Promise.all(calls);
    expect(Date.now() - killed).toBeLessThan(1000);
    for (const error of errors) {
      expect(error).toBeInstanceOf(ReferenceUnavailableError);
      expect(error).toMatchObject({ reason: 'died', message: expect.stringContaining('SIGKILL') as string });
    }
    expect(await errorOf(reference.call('selftest.echo', empty))).toMatchObject({ reason: 'died' });
    await reference.stop();
  });

  it('quotes what Python printed last when it dies', async () => {
    const reference = await startWorker(selftest, { python });
    const error = await errorOf(reference.call('selftest.kill_itself', empty));
    expect(error).toMatchObject({
      reason: 'died',
      message: expect.stringContaining('last words of the worker') as string,
    });
  });

  it('kills a Python that misses a deadline, and lets another one start', async () => {
    const reference = await startWorker(selftest, { python });
    const started = Date.now();
    const error = await errorOf(
      reference.call('selftest.sleep', message({ seconds: 60 }), { deadlineMs: 300 }),
    );
    expect(Date.now() - started).toBeLessThan(1500);
    expect(error).toBeInstanceOf(ReferenceUnavailableError);
    expect(error).toMatchObject({
      reason: 'deadline',
      message: expect.stringContaining('selftest.sleep took longer than 300 ms') as string,
    });
    expect(await waitUntil(() => !isRunning(reference.pid), 1000)).toBe(true);

    const next = await startWorker(selftest, { python, threads: 2 });
    expect((await next.call('selftest.environment', empty)).meta).toMatchObject({ threads: 2 });
    await next.stop();
  });

  it.runIf(process.platform === 'linux')('notices within seconds that Python was suspended', async () => {
    const reference = await startWorker(selftest, { python });
    const call = errorOf(reference.call('selftest.sleep', message({ seconds: 60 })));
    await sleep(300);
    process.kill(reference.pid, 'SIGSTOP');
    const suspended = Date.now();
    expect(await call).toMatchObject({ name: 'ReferenceUnavailableError', reason: 'suspended' });
    expect(Date.now() - suspended).toBeLessThan(3000);
    expect(await waitUntil(() => !isRunning(reference.pid), 1000)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('takes a damaged reply for a reference that fails', async () => {
    const reference = await startWorker(selftest, { python });
    // What Python writes into it is gone.
    symlinkSync('/dev/null', join(await directory(reference), '2.reply'));
    const error = await errorOf(reference.call('selftest.echo', empty));
    expect(error).toMatchObject({
      name: 'ReferenceUnavailableError',
      reason: 'exchange',
      message: expect.stringContaining('reply is damaged: not an exchange file') as string,
    });
    await reference.stop();
  });

  it.runIf(process.platform !== 'win32').each<[line: string, why: string]>([
    ['Intel MKL WARNING', 'is not valid JSON'],
    ['{"r": 10', ' JSON'],
    ['null', 'null is not a reply'],
    ['7', '7 is not a reply'],
    ['{"c": "jsi", "action": "get", "r": 1, "ffid": 0, "key": "x"}', 'is not a reply'],
  ])('survives %s on the channel of the replies', async (line, why) => {
    const reference = await startWorker(selftest, { python });
    const error = await errorOf(reference.call('selftest.disturb_channel', message({ line })));
    expect(error).toMatchObject({ name: 'ReferenceUnavailableError', reason: 'exchange' });
    expect(String(error)).toContain('the channel to Python is damaged: ');
    expect(String(error)).toContain(why);
    expect(exitCodeOf(kindOf(error))).toBe(EXIT.environment);
    expect(await waitUntil(() => !isRunning(reference.pid), 1000)).toBe(true);
  });

  it('counts a deadline from the moment when Python begins with the call', async () => {
    const reference = await startWorker(selftest, { python });
    const first = reference.call('selftest.sleep', message({ seconds: 0.6 }));
    const second = reference.call('selftest.echo', message('in time'), { deadlineMs: 400 });
    await first;
    expect((await second).meta).toBe('in time');
    await reference.stop();
  });

  it('rejects when Python does not start in time', async () => {
    const error = await errorOf(startWorker(selftest, { python, startDeadlineMs: 1 }));
    expect(error).toMatchObject({
      reason: 'deadline',
      message: expect.stringContaining('start of Python') as string,
    });
  });

  it('rejects calls when it is stopped, ends Python and removes its folder; stopping twice is fine', async () => {
    const reference = await startWorker(selftest, { python });
    const folder = await directory(reference);
    const call = errorOf(reference.call('selftest.sleep', message({ seconds: 60 })));
    await sleep(100);
    await reference.stop();
    await reference.stop();
    expect(await call).toMatchObject({ reason: 'stopped' });
    expect(isRunning(reference.pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    [
      'a missing interpreter',
      'no-such-python',
      'not-found',
      'cannot run the Python interpreter "no-such-python"',
    ],
    ['a program that is not Python', 'node', 'not-found', 'node'],
  ])('names %s', async (_, command, reason, text) => {
    const error = await errorOf(startWorker(selftest, { python: command }));
    expect(error).toBeInstanceOf(ReferenceUnavailableError);
    expect(error).toMatchObject({ reason, message: expect.stringContaining(text) as string });
  });
});

describe.runIf(python !== '')('a script that uses the reference', () => {
  it('ends by itself without stopping it, and leaves no Python and no folder', async () => {
    const script = runScript(`await reference.call('selftest.echo', empty); console.log('done');`);
    const { pid, inode } = await workerOf(script);
    const code = await script.closed;
    expect({ code, output: script.output() }).toEqual({ code: 0, output: `pid ${pid} log ${inode}\ndone\n` });
    expect(await waitUntil(() => !isRunning(pid), 1000)).toBe(true);
    expect(directoryOf(inode)).toBeUndefined();
  });

  it('ends by itself after Python was killed', async () => {
    const script = runScript(
      `await reference.call('selftest.kill_itself', empty).catch((error) => console.log(error.reason));`,
    );
    const code = await script.closed;
    expect(script.output()).toMatch(/died\n$/);
    expect(code).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'leaves no Python and no folder when %s ends it',
    async (signal) => {
      const script = runScript(
        `await reference.call('selftest.sleep', { meta: { seconds: 60 }, tensors: {} });`,
      );
      const { pid, inode } = await workerOf(script);
      await sleep(200);
      script.child.kill(signal);
      await script.closed;
      expect(await waitUntil(() => !isRunning(pid), 2000)).toBe(true);
      expect(directoryOf(inode)).toBeUndefined();
    },
  );

  it('shows nothing of what Python prints, and Python reads nothing of its input', async () => {
    const script = runScript(
      `const { meta } = await reference.call('selftest.talk', empty); console.log(JSON.stringify(meta));`,
    );
    const { pid, inode } = await workerOf(script);
    await script.closed;
    expect(script.output()).toBe(`pid ${pid} log ${inode}\n{"stdin":""}\n`);
  });
});

import { expect, test, vi } from 'vitest';
import { scalar } from '../ops/constants.js';
import { add } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { lower } from '../program/lower.js';
import type { Program } from '../program/program.js';
import { dataValue } from '../storage.js';
import { BufferPool } from './buffer-pool.js';
import { type OnnxEngineOptions, resolveEngineOptions } from './engine-options.js';
import { SessionCache } from './session-cache.js';
import { Session } from './session.js';

const pool = new BufferPool();
const created = vi.spyOn(Session, 'create');

/** x + number */
function program(number: number): Program {
  const x = dataValue(Float32Array.of(1, 2), 'float32', [2]);
  return lower([add(x, scalar(number, 'float32'))], { isInput: () => true });
}

async function cacheOf(options: Partial<OnnxEngineOptions>): Promise<SessionCache> {
  const cache = new SessionCache();
  await cache.configure(resolveEngineOptions(options));
  created.mockClear();
  return cache;
}

async function compute(cache: SessionCache, number: number, meanwhile?: Promise<void>): Promise<unknown> {
  const [value] = await cache.use(`${number}`, program(number), async (session) => {
    await meanwhile;
    return session.run(program(number), (input) => input, pool);
  });
  return value?.source.kind === 'data' ? [...value.source.elements] : undefined;
}

test('a program has one session, also when two ask for it at the same time', async () => {
  const cache = await cacheOf({});
  expect(await Promise.all([compute(cache, 1), compute(cache, 1)])).toEqual([
    [2, 3],
    [2, 3],
  ]);
  await compute(cache, 1);
  expect([created.mock.calls.length, cache.size]).toEqual([1, 1]);
});

test('beyond the limit the least recently used session goes', async () => {
  const cache = await cacheOf({ maxSessions: 2 });
  for (const number of [1, 2, 1, 3]) await compute(cache, number);
  expect([created.mock.calls.length, cache.size]).toEqual([3, 2]);
  await compute(cache, 1);
  expect(created.mock.calls.length).toBe(3);
  await compute(cache, 2);
  expect(created.mock.calls.length).toBe(4);
});

test('a session in use is released by its last user', async () => {
  const released = vi.spyOn(Session.prototype, 'release');
  const cache = await cacheOf({ maxSessions: 1 });
  let finish = (): void => undefined;
  const meanwhile = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const slow = compute(cache, 1, meanwhile);
  expect(await compute(cache, 2)).toEqual([3, 4]);
  expect([released.mock.calls.length, cache.size]).toEqual([0, 1]);
  finish();
  expect(await slow).toEqual([2, 3]);
  expect(released.mock.calls.length).toBe(1);
});

test('other options make new sessions, while those in use go on', async () => {
  const cache = await cacheOf({ threads: 1 });
  const running = compute(cache, 1);
  await cache.configure(resolveEngineOptions({ threads: 2 }));
  expect(await running).toEqual([2, 3]);
  expect(await compute(cache, 1)).toEqual([2, 3]);
  expect(created.mock.calls.length).toBe(2);
});

test('a program that was refused is tried again', async () => {
  const cache = await cacheOf({});
  const x = dataValue(Float32Array.of(1), 'float32', [1]);
  const refused = lower([emit('NoSuchOperator', [x], { type: 'float32', shape: [1] })], {
    isInput: () => true,
  });
  for (let attempt = 1; attempt <= 2; attempt++) {
    await expect(cache.use('refused', refused, () => Promise.resolve())).rejects.toThrow('NoSuchOperator');
    expect([created.mock.calls.length, cache.size]).toEqual([attempt, 0]);
  }
});

test('beyond the memory limit the least recently used sessions go, but never the last one', async () => {
  const cache = await cacheOf({ maxSessionBytes: 1000 });
  const use = (number: number, bytes: number): Promise<unknown> =>
    cache.use(
      `${number}`,
      program(number),
      (session) => session.run(program(number), (input) => input, pool),
      bytes,
    );
  const held = (): number[] => [1, 2, 3, 4].filter((number) => cache.has(`${number}`));
  await use(1, 400);
  await use(2, 400);
  await use(1, 100);
  expect([held(), cache.bytes]).toEqual([[1, 2], 800]);
  await use(3, 400);
  expect([held(), cache.bytes]).toEqual([[1, 3], 800]);
  // Its estimate has grown.
  await use(3, 700);
  expect([held(), cache.bytes]).toEqual([[3], 700]);
  await use(4, 5000);
  expect([held(), cache.bytes]).toEqual([[4], 5000]);
  await cache.releaseAll();
  expect(cache.bytes).toBe(0);
});

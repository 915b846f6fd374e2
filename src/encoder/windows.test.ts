import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { windowsOf } from './windows.js';

async function* given<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Yields items until there are none, then waits forever. */
async function* silent<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
  await new Promise(() => undefined);
}

test('windows double up to the largest, and none is empty', async () => {
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  const windows = await all(windowsOf(given(numbers), { first: 2, largest: 6 }));
  expect(windows.map(({ length }) => length)).toEqual([2, 4, 6, 6, 2]);
  expect(windows.flat()).toEqual(numbers);
  expect(await all(windowsOf(given([]), { first: 3, largest: 3 }))).toEqual([]);
});

test('a window is read only when it is requested', async () => {
  let read = 0;
  let isClosed = false;
  function* endless(): Generator<number> {
    try {
      for (;;) yield read++;
    } finally {
      isClosed = true;
    }
  }
  const windows = windowsOf(given(endless()), { first: 3, largest: 3 });
  expect((await windows.next()).value).toEqual([0, 1, 2]);
  expect((await windows.next()).value).toEqual([3, 4, 5]);
  expect(read).toBe(6);
  await windows.return(undefined);
  expect(isClosed).toBe(true);
});

test('items that have arrived are yielded while the input is silent', async () => {
  const windows = windowsOf(silent(['a', 'b']), { first: 32, largest: 1024 });
  expect((await windows.next()).value).toEqual(['a', 'b']);
});

test('an item that arrives late is in the next window', async () => {
  async function* slow(): AsyncGenerator<string> {
    yield 'a';
    await sleep(300);
    yield 'b';
    yield 'c';
  }
  expect(await all(windowsOf(slow(), { first: 32, largest: 1024 }))).toEqual([['a'], ['b', 'c']]);
});

test('items before a failure are yielded first', async () => {
  async function* failing(): AsyncGenerator<string> {
    yield* ['a', 'b'];
    throw new TypeError('the disk is gone');
  }
  const windows = windowsOf(failing(), { first: 32, largest: 32 });
  expect((await windows.next()).value).toEqual(['a', 'b']);
  await expect(windows.next()).rejects.toThrow('the disk is gone');
});

test('a signal ends the wait for a silent input', async () => {
  const controller = new AbortController();
  const windows = windowsOf(silent<string>([]), { first: 32, largest: 32 }, controller.signal);
  const next = windows.next();
  controller.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
  expect(await windows.next()).toEqual({ done: true, value: undefined });
});

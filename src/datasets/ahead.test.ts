import { describe, expect, it } from 'vitest';
import { ahead } from './ahead.js';

/** A source that counts from 0, and a record of what it has made so far. */
function counting(count: number, failAt = Infinity) {
  const made: number[] = [];
  let isClosed = false;
  async function* items(): AsyncGenerator<number> {
    try {
      for (let item = 0; item < count; item++) {
        await Promise.resolve();
        if (item === failAt) throw new Error(`no ${item}`);
        made.push(item);
        yield item;
      }
    } finally {
      isClosed = true;
    }
  }
  return { items: items(), made, isClosed: () => isClosed };
}

/** Resolves when everything that can run without the caller has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('items that are requested before they are needed', () => {
  it.each([0, 1, 2, 5])('arrive in order, with %d made ahead of the caller', async (count) => {
    const { items, made } = counting(6);
    const seen: number[] = [];
    for await (const item of ahead(items, count, () => undefined)) {
      await settled();
      seen.push(item);
      expect(made.length).toBe(Math.min(6, seen.length + count));
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('are dropped when the caller stops', async () => {
    const { items, isClosed } = counting(10);
    const dropped: number[] = [];
    for await (const _ of ahead(items, 3, (item) => dropped.push(item))) break;
    expect(dropped).toEqual([1, 2, 3]);
    expect(isClosed()).toBe(true);
  });

  it('fail at their turn, after the items before them', async () => {
    const { items } = counting(10, 2);
    const seen: number[] = [];
    const run = async () => {
      for await (const item of ahead(items, 5, () => undefined)) seen.push(item);
    };
    await expect(run()).rejects.toThrow('no 2');
    expect(seen).toEqual([0, 1]);
  });
});

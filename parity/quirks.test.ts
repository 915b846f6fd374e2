import { describe, expect, it } from 'vitest';
import * as losses from '../src/api/losses.js';
import type { Message } from '../src/python/exchange.js';
import { checkQuirks, QUIRKS } from './quirks.js';

describe('the quirk ledger', () => {
  it('has one entry per id and per check, named alike', () => {
    const ids = QUIRKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
    expect(QUIRKS.map(({ check }) => check)).toEqual(ids.map((id) => id.replaceAll('-', '_')));
  });

  it('names only losses of this package', () => {
    const named = new Set(QUIRKS.flatMap((quirk) => quirk.losses));
    expect([...named].filter((name) => !(name in losses))).toEqual([]);
  });

  it('says for every entry what the reference does, what the paper says and what we do', () => {
    const silent = QUIRKS.filter(
      ({ reference, paper, ours, losses: named }) =>
        [reference, paper, ours, ...named].some((text) => text.trim() === '') || named.length === 0,
    );
    expect(silent).toEqual([]);
  });
});

describe('checkQuirks', () => {
  const answering = (meta: Message['meta']) => ({
    asked: [] as unknown[],
    async call(fn: string, message: Message): Promise<Message> {
      this.asked.push([fn, message.meta]);
      return { meta, tensors: {} };
    },
  });

  it('asks about every entry in order and reports what came back', async () => {
    const reference = answering({ still: false, seen: 'raised ValueError' });
    const reports = await checkQuirks(reference);
    expect(reference.asked).toEqual(QUIRKS.map(({ check }) => ['quirks.check', { check }]));
    expect(reports).toEqual(QUIRKS.map((quirk) => ({ quirk, still: false, seen: 'raised ValueError' })));
  });

  it('rejects an answer of another form', async () => {
    await expect(checkQuirks(answering({ still: 'yes' }))).rejects.toThrow('expected still and seen');
  });
});

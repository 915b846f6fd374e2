import { describe, expect, it } from 'vitest';
import { HAS_REFERENCE, liveReference } from '../src/testing/python/live-reference.js';
import { checkQuirks, QUIRKS } from './quirks.js';

describe.runIf(HAS_REFERENCE)('the quirk ledger and the reference', () => {
  const reference = liveReference();

  it('finds every entry still true', async () => {
    const reports = await checkQuirks(reference);
    expect(reports.map(({ quirk }) => quirk.id)).toEqual(QUIRKS.map(({ id }) => id));
    expect(reports.filter(({ still }) => !still)).toEqual([]);
    expect(reports.filter(({ seen }) => seen.length === 0)).toEqual([]);
  });

  it('has an entry for every check in Python', async () => {
    const { meta } = await reference.call('quirks.names', { meta: null, tensors: {} });
    const { names } = meta as { names: string[] };
    expect(names.toSorted()).toEqual(QUIRKS.map(({ check }) => check).toSorted());
  });

  it('refuses a check that does not exist', async () => {
    const call = reference.call('quirks.check', { meta: { check: 'no_such_check' }, tensors: {} });
    await expect(call).rejects.toThrow('there is no check');
  });
});

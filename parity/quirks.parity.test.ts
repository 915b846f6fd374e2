import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reference } from '../src/python/bridge.js';
import { findReferencePython } from '../src/python/environment.js';
import { checkQuirks, QUIRKS } from './quirks.js';
import { startReference } from './start-reference.js';

const python = findReferencePython();

describe.skipIf(python === undefined)('the quirk ledger and the reference', () => {
  let reference: Reference;
  beforeAll(async () => {
    reference = await startReference({ python: python ?? '' });
  });
  afterAll(() => reference.stop());

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

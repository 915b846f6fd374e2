import type { Reference } from '../src/python/bridge.js';
import { isJsonObject } from '../src/python/exchange-json.js';
import { INPUT_QUIRKS } from './quirks/inputs.js';
import { NUMBER_QUIRKS } from './quirks/numbers.js';
import { OPTION_QUIRKS } from './quirks/options.js';
import type { Quirk } from './quirks/quirk.js';
import { WRAPPER_QUIRKS } from './quirks/wrappers.js';

export type { Quirk } from './quirks/quirk.js';

/** The ledger: known and intended differences, so that they do not count as findings, each with a proof. */
export const QUIRKS: readonly Quirk[] = [
  ...INPUT_QUIRKS,
  ...OPTION_QUIRKS,
  ...NUMBER_QUIRKS,
  ...WRAPPER_QUIRKS,
];

export interface QuirkReport {
  readonly quirk: Quirk;
  /** False means that the entry has expired, since the reference has changed. */
  readonly still: boolean;
  /** What the reference did, with numbers. */
  readonly seen: string;
}

/** Asks the reference about every entry of the ledger, in order. */
export async function checkQuirks(reference: Pick<Reference, 'call'>): Promise<QuirkReport[]> {
  const reports: QuirkReport[] = [];
  for (const quirk of QUIRKS) {
    const { meta } = await reference.call('quirks.check', { meta: { check: quirk.check }, tensors: {} });
    if (!isJsonObject(meta) || typeof meta['still'] !== 'boolean' || typeof meta['seen'] !== 'string') {
      throw new TypeError(
        `quirks.check answered ${JSON.stringify(meta)} for "${quirk.check}"; expected still and seen`,
      );
    }
    reports.push({ quirk, still: meta['still'], seen: meta['seen'] });
  }
  return reports;
}

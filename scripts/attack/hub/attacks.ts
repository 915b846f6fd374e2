import { LIES } from '../../../src/testing/hub/lies.js';
import { tryLie } from '../../../src/testing/hub/try-lie.js';
import type { Attack } from '../attack.js';

/** A hub on this machine that is honest except in one respect. */
export const ATTACKS: readonly Attack[] = LIES.map((lie) => ({
  name: lie.name,
  what: `loads a model from a hub on loopback: ${lie.name}`,
  expects: `${lie.refusal === undefined ? 'the model' : 'a DownloadError'}; only true content in the cache, and the token with the hub alone`,
  tries: { quick: lie.isSlow === true ? 1 : 3, full: 50 },
  seconds: 120,
  attempt: async ({ folder }) => void (await tryLie(lie, folder)),
}));

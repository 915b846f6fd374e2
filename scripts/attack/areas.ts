import type { Attack } from './attack.js';

/** Each has a folder here whose `attacks.ts` exports its rows as ATTACKS. */
export const AREAS = ['calls', 'folder', 'hub', 'kills', 'lifecycle', 'training'] as const;

export type Area = (typeof AREAS)[number];

/** The URL of the module with an area's rows. */
export const moduleOf = (area: Area): string => new URL(`./${area}/attacks.ts`, import.meta.url).href;

export async function loadAttacks(module: string): Promise<readonly Attack[]> {
  const { ATTACKS } = (await import(module)) as { readonly ATTACKS: readonly Attack[] };
  return ATTACKS;
}

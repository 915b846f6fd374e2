import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition. Returns whether it became true in time. */
export async function waitUntil(condition: () => boolean, limitMs: number): Promise<boolean> {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(20)) if (condition()) return true;
  return condition();
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}

import type { Reference } from '../src/python/bridge.js';
import { ReferenceCallError, ReferenceUnavailableError } from '../src/python/errors.js';
import type { ParityCase } from './case.js';
import type { ReferenceLegs } from './compare.js';
import { referenceLegs } from './reference-legs.js';

/** A case for which the reference has no result, and why. */
export interface NotChecked {
  readonly notChecked: string;
}

export type LegsOrNot = ReferenceLegs | NotChecked;

export const isNotChecked = (legs: LegsOrNot): legs is NotChecked => 'notChecked' in legs;

/** Time for a case that is judged alone. All cases of a cell together take a few seconds. */
const ALONE_MS = 30_000;

/**
 * The reference's results for some cases. If it fails during them, each is judged alone, so that those it fails on have
 * a name, and all others a result. The reference should be one that is started anew.
 */
export async function judgeOrName(
  reference: Pick<Reference, 'call'>,
  cases: readonly ParityCase[],
  deadlineMs?: number,
): Promise<LegsOrNot[]> {
  try {
    return await referenceLegs(reference, cases, deadlineMs);
  } catch (error) {
    if (failureOf(error) === undefined) throw error;
  }
  const results: LegsOrNot[] = [];
  for (const one of cases) {
    try {
      results.push(...(await referenceLegs(reference, [one], Math.min(deadlineMs ?? ALONE_MS, ALONE_MS))));
    } catch (error) {
      const notChecked = failureOf(error);
      if (notChecked === undefined) throw error;
      results.push({ notChecked });
    }
  }
  return results;
}

/** Why the reference failed; undefined for any other error. */
export function failureOf(error: unknown): string | undefined {
  const isFailure =
    error instanceof ReferenceUnavailableError
      ? error.reason !== 'stopped'
      : error instanceof ReferenceCallError && error.pythonType === 'MemoryError';
  if (!isFailure || !(error instanceof Error)) return undefined;
  const [reason = ''] = error.message.split('\n');
  return reason;
}

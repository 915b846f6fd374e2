import { describe, expect, it } from 'vitest';
import { Loss } from '../src/api/losses.js';
import { HAS_REFERENCE, liveReference } from '../src/testing/python/live-reference.js';
import { DEFAULT_SEED } from './command.js';
import { planCell } from './plan.js';
import { caseMessage } from './reference-legs.js';
import { buildLoss } from './run-case.js';
import { cellName, suiteCells } from './suite.js';

interface Described {
  readonly config: Record<string, unknown>;
  readonly citation: string | null;
}

/** A nested loss or regularizer is represented by its class name. */
function described(loss: object): Described {
  if (!(loss instanceof Loss)) throw new TypeError(`${loss.constructor.name} is not a Loss`);
  const config = Object.entries(loss.getConfigDict()).map(([key, value]): [string, unknown] => [
    key,
    value instanceof Loss ? value.constructor.name : value,
  ]);
  return { config: Object.fromEntries(config), citation: loss.citation ?? null };
}

const words = (citation: string | null): string[] | undefined => citation?.trim().split(/\s+/);

describe.runIf(HAS_REFERENCE)('the configuration of a loss', () => {
  const reference = liveReference();

  it.each(suiteCells().map((cell) => [cellName(cell), cell] as const))(
    'equals the reference’s, in the same order: %s',
    async (_, cell) => {
      // A user's own losses and functions have other names in each language.
      const cases = planCell(cell, 30, DEFAULT_SEED)
        .filter(({ path }) => !path.includes('bad-input') && cell.loss !== 'LogisticMarginLoss')
        .filter((planned) => !JSON.stringify(planned.case.lossOptions).includes('alfDot'))
        .map((planned) => planned.case);
      const reply = await reference.call('cases.describe', caseMessage(cases));
      const { described: theirs } = reply.meta as unknown as { described: Described[] };
      expect(theirs).toHaveLength(cases.length);
      for (const [index, one] of cases.entries()) {
        const { base, wrapper } = buildLoss(one);
        const ours = described(wrapper ?? base);
        const expected = theirs[index];
        expect(Object.entries(ours.config)).toEqual(Object.entries(expected?.config ?? {}));
        expect(words(ours.citation)).toEqual(words(expected?.citation ?? null));
      }
    },
  );
});

import { expect, test } from 'vitest';
import type { CaseOutcome } from '../case.js';
import type { Quirk } from '../quirks.js';
import { compareVersions } from './compare-versions.js';
import type { Observed } from './observe.js';
import { isUnchanged, renderDrift } from './render-drift.js';

const QUIRK: Quirk = { id: 'odd', losses: [], reference: '', paper: '', ours: '', check: 'odd' };

const value = (...numbers: number[]): CaseOutcome => ({
  componentNames: ['loss'],
  tensors: new Map([
    ['value', { dtype: 'float64', shape: [numbers.length], data: Float64Array.of(...numbers) }],
  ]),
});

const observed = (version: string, outcome: CaseOutcome, still = true): Observed => ({
  version,
  outcomes: new Map([
    [
      'A/none/pair#ordinary:0',
      new Map([
        ['float32', value(1)],
        ['float64', outcome],
      ]),
    ],
  ]),
  quirks: [{ quirk: QUIRK, still, seen: 'seen' }],
});

test('nothing changed if every bit is the same, NaN included', () => {
  const drift = compareVersions(observed('1', value(NaN, -0)), observed('2', value(NaN, -0)));
  expect(isUnchanged(drift)).toBe(true);
});

test.each([
  ['a number', value(1, 2), value(1, 3), 'value', '2 at 1', '3 at 1'],
  ['the sign of zero', value(0), value(-0), 'value', '0 at 0', '-0 at 0'],
  ['a shape', value(1), value(1, 1), 'value', 'float64 [1]', 'float64 [2]'],
  ['an error', value(1), { ...value(1), error: { type: 'E', message: 'no' } }, 'error', 'no error', 'E: no'],
  ['components', value(1), { ...value(1), componentNames: ['x'] }, 'components', 'loss', 'x'],
])('%s that changed is listed with its case', (_, old, recent, what, before, after) => {
  const drift = compareVersions(observed('1', old), observed('2', recent));
  expect(drift.changedCases).toEqual([
    { path: 'A/none/pair#ordinary:0', leg: 'float64', what, before, after },
  ]);
  expect(renderDrift(drift, 'command')).toContain(
    `| A/none/pair | ${what} | 1 | ${before} | ${after} (ordinary:0) |`,
  );
});

test('a quirk that is gone is listed', () => {
  const drift = compareVersions(observed('1', value(1)), observed('2', value(1), false));
  expect(renderDrift(drift, 'command')).toContain('| odd | shows it: seen | does not show it: seen |');
});

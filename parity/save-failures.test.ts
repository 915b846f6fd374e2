import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../src/testing/files/temporary-folder.js';
import type { ParityOptions } from './command.js';
import { OURS } from './implementation.js';
import { regressionsFolder } from './regressions.js';
import type { CellResult } from './run-suite.js';
import { saveFailures } from './save-failures.js';
import { goldenSource } from './source.js';
import { suiteCells } from './suite.js';

const origin = { implementation: null, backend: 'cpu' };

async function savedWith(isPinned: boolean, options: Partial<ParityOptions>): Promise<number> {
  const source = { ...goldenSource(), isPinned };
  const cell = suiteCells()[0];
  const planned = cell && source.plan(cell)[0];
  if (cell === undefined || planned === undefined) throw new Error('nothing is recorded');
  const [legs] = await source.judge([planned.case]);
  const failure = { path: planned.path, judged: { case: planned.case, legs } };
  const results = [{ cell, failures: [failure] }] as unknown as CellResult[];
  const run = { options: { golden: true, ...options } as ParityOptions, origin, source };
  return (await saveFailures(results, { ...run, implementation: OURS })).saved.size;
}

it('keeps no results of another reference as regressions, unless it is told where', async () => {
  const folder = regressionsFolder() ?? '';
  const kept = (): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);
  const before = kept();
  expect(await savedWith(false, {})).toBe(0);
  expect(kept()).toEqual(before);
  expect(await savedWith(false, { save: temporaryFolder() })).toBe(1);
});

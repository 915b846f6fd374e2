import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../src/engine/set-engine.js';
import { setWarningHandler } from '../src/index.js';
import { findReferencePython } from '../src/python/environment.js';
import { DEFAULT_SEED } from './command.js';
import { runSuite } from './run-suite.js';
import { liveSource, type Source } from './source.js';
import { cellName, suiteCells } from './suite.js';

const python = findReferencePython();

/** Not the command's seed, so that the two use different cases. */
const SEED = DEFAULT_SEED + 1;

describe.runIf(python !== undefined)('sentence-transformers itself', () => {
  let source: Source;

  beforeAll(async () => {
    await setEngine('cpu');
    setWarningHandler(() => undefined);
    source = await liveSource({ python, cases: 14, seed: SEED, log: () => undefined });
  });

  afterAll(() => source.close());

  it.each(suiteCells().map((cell) => [cellName(cell), cell] as const))('agrees on %s', async (_, cell) => {
    const [result] = await runSuite([cell], { plan: source.plan, judge: source.judge });
    expect(result?.cases).toBeGreaterThan(10);
    expect(result?.failures.map(({ path, mismatch }) => ({ path, mismatch }))).toEqual([]);
  });
});

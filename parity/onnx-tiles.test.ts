// @module-tag slow
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../src/engine/set-engine.js';
import { setWarningHandler } from '../src/index.js';
import { compareOutcomes } from './compare.js';
import { type GoldenCase, goldenOf, loadGolden } from './golden.js';
import { runCase } from './run-case.js';
import { suiteCells } from './suite.js';

/** Recorded cases are small. Tiles of this few elements split even them into many. */
const TILE_ELEMENTS = 8;
/** Takes one of this many cases in each cell of the table. */
const STEP = 5;

const golden = loadGolden();
const losses = [...new Set(suiteCells().map(({ loss }) => loss))];

/** Some cases of each cell of a loss. */
function casesOf(loss: string): GoldenCase[] {
  const cells = suiteCells().filter((cell) => cell.loss === loss);
  return cells.flatMap((cell) => goldenOf(golden, cell).filter((_, at) => at % STEP === 0));
}

let previous: ReturnType<typeof setWarningHandler>;

beforeAll(async () => {
  previous = setWarningHandler(() => undefined);
  await setEngine('onnx', { tileElements: TILE_ELEMENTS, threads: 1 });
});

afterAll(async () => {
  setWarningHandler(previous);
  await setEngine('onnx', {});
  await setEngine('cpu');
});

describe('recorded results of the reference, on the onnx engine in tiny tiles', () => {
  it.each(losses)('equal ours: %s', async (loss) => {
    const cases = casesOf(loss);
    expect(cases.length).toBeGreaterThan(1);
    for (const { case: one, legs, path } of cases) {
      expect({ path, mismatch: compareOutcomes(await runCase(one), legs).mismatch }).toEqual({ path });
    }
  });
});

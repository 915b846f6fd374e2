import { compareOutcomes } from './compare.js';
import { fc } from './fast-check.js';
import { type Implementation, OURS } from './implementation.js';
import { isNotChecked } from './judge-or-name.js';
import { readPath, stratumSource } from './plan.js';
import { runCase } from './run-case.js';
import type { Failure, Judge } from './run-suite.js';
import { type Cell, cellName } from './suite.js';

/** Shrinking asks the reference at every step. It ends after this time at the latest. */
const TIME_LIMIT_MS = 20_000;

/** The smallest case near a failing one that fails too, judged by the reference at every step. */
export async function shrinkFailure(
  failure: Failure,
  seed: number,
  cells: readonly Cell[],
  judge: Judge,
  implementation: Implementation = OURS,
): Promise<Failure> {
  if (failure.judged.case.stratum.startsWith('bad-input') || !failure.path.includes(':')) return failure;
  const { cell, stratum, path } = readPath(failure.path, cells);
  const source = stratumSource(cell, stratum, seed);
  let smallest = failure;
  const property = fc.asyncProperty(source.arbitrary, async (one) => {
    const [legs] = await judge([one]);
    if (legs === undefined || isNotChecked(legs)) return true;
    const { mismatch } = compareOutcomes(await runCase(one, implementation), legs);
    if (mismatch === undefined) return true;
    smallest = { path: failure.path, judged: { case: one, legs }, mismatch };
    return false;
  });
  const { counterexamplePath } = await fc.check(property, {
    seed: source.seed,
    path,
    numRuns: 1,
    interruptAfterTimeLimit: TIME_LIMIT_MS,
    markInterruptAsFailure: false,
  });
  return { ...smallest, path: `${cellName(cell)}#${stratum.id}:${counterexamplePath ?? path}` };
}

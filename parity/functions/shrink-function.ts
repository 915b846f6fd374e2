import { fc } from '../fast-check.js';
import { fullRules } from './draw.js';
import type { InputSpecs } from './input-spec.js';
import { type FunctionFailure, verdictOf } from './judge-target.js';
import { isRefusal, sourceOf, strataOfTarget } from './plan-functions.js';
import type { PreparedTarget } from './prepared.js';
import { type Calls, judgeCases } from './reference-side.js';
import { simplerInputs } from './simplify.js';
import { tensorNodeAt } from './sizes.js';
import type { CaseInputs } from './values.js';

/** Shrinking asks the reference at every step. It ends after this time at the latest. */
const TIME_LIMIT_MS = 20_000;

/** The smallest case near a failing one that fails in the same way, judged by the reference at every step. */
export async function shrinkFunctionFailure(
  failure: FunctionFailure,
  target: PreparedTarget,
  { reference, seed }: { readonly reference: Calls; readonly seed: number },
): Promise<FunctionFailure> {
  const stratum = strataOfTarget(target.target).find(({ id }) => id === failure.judged.case.stratum);
  if (stratum === undefined || isRefusal(stratum)) return failure;
  const side = target.open(target.target.ours);
  const sharp = stratum.sharp === true;
  let smallest = failure;
  /** Whether these inputs fail, too; the smallest failing ones are kept. */
  const fails = async (inputs: CaseInputs): Promise<boolean> => {
    const one = { ...failure.judged.case, inputs };
    const [judged] = await judgeCases(reference, target.reference, [one], { sharp });
    if (judged === undefined) return false;
    const ours = await side.run(judged);
    const { mismatch } = verdictOf(ours, judged, target, stratum);
    if (mismatch?.kind !== failure.mismatch.kind) return false;
    smallest = { path: failure.path, judged, ours, mismatch };
    return true;
  };
  try {
    const path = await shrunkPath(failure, target, fails, { seed });
    await simplify(() => smallest.judged.case.inputs, fails, target.target.inputs);
    return { ...smallest, path };
  } finally {
    await side.close();
  }
}

async function shrunkPath(
  failure: FunctionFailure,
  { target }: PreparedTarget,
  fails: (inputs: CaseInputs) => Promise<boolean>,
  { seed }: { readonly seed: number },
): Promise<string> {
  const [place = '', ...runs] = failure.path.split(':');
  const stratum = strataOfTarget(target).find(({ id }) => id === failure.judged.case.stratum);
  if (stratum === undefined) return failure.path;
  const source = sourceOf(target, stratum, seed);
  const property = fc.asyncProperty(source.arbitrary, async (inputs) => !(await fails(inputs)));
  const { counterexamplePath } = await fc.check(property, {
    seed: source.seed,
    path: runs.join(':'),
    numRuns: 1,
    interruptAfterTimeLimit: TIME_LIMIT_MS,
    markInterruptAsFailure: false,
  });
  return counterexamplePath === null ? failure.path : `${place}:${counterexamplePath}`;
}

/** Replaces single numbers by plainer ones as long as the case still fails. */
async function simplify(
  present: () => CaseInputs,
  fails: (inputs: CaseInputs) => Promise<boolean>,
  specs: InputSpecs,
): Promise<void> {
  const end = performance.now() + TIME_LIMIT_MS;
  const allows = (path: string, value: number): boolean => {
    const { structure, active, min, max } = fullRules(tensorNodeAt(specs, path));
    return structure === undefined && active === undefined && min <= value && value <= max;
  };
  for (const change of simplerInputs(present(), allows)) {
    if (performance.now() > end) return;
    const inputs = change(present());
    if (inputs !== undefined) await fails(inputs);
  }
}

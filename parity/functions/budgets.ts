import type { CaseOutcome } from '../case.js';
import { compareOutcomes, type Mismatch, type ReferenceLegs, TOLERANCE, type Verdict } from '../compare.js';
import { largestFinite } from '../conditioning.js';
import { coordinatesOf } from '../numbers.js';
import type { Budgets, Level, Limit } from './define.js';
import { float32Step } from './strata.js';

/** The verdict on a case, and what is beyond a limit that only warns. */
export interface BudgetVerdict extends Verdict {
  readonly warnings: readonly Mismatch[];
}

const FLOAT32_ULP = 2 ** -23;
const FLOAT64_ULP = 2 ** -52;

/** Judges a case by the policy of compare.ts with the limits of a target. */
export function judgeByBudgets(ours: CaseOutcome, legs: ReferenceLegs, budgets: Budgets): BudgetVerdict {
  const { ratio = { limit: TOLERANCE }, supportBand, ulps } = budgets;
  const precise = [...legs.float32.tensors.values()].some(({ dtype }) => dtype === 'float64');
  const verdict = compareOutcomes(ours, legs, {
    tolerance: levelOf(ratio) === 'off' ? Infinity : ratio.limit,
    ulp: precise ? FLOAT64_ULP : FLOAT32_ULP,
    family: (name) => name,
  });
  const found: (readonly [Level, Mismatch])[] = [];
  // A wrong shape, a missing tensor or an error is wrong whatever the limits.
  if (verdict.mismatch !== undefined) {
    const measured = verdict.mismatch.kind === 'value' || verdict.mismatch.kind === 'gradient';
    found.push([measured ? levelOf(ratio) : 'error', verdict.mismatch]);
  }
  if (ours.error === undefined && legs.float32.error === undefined) {
    const limits: readonly (readonly [Limit | undefined, typeof beyondBand])[] = [
      [supportBand, beyondBand],
      [ulps, beyondUlps],
    ];
    for (const [limit, find] of limits) {
      const mismatch = limit === undefined ? undefined : find(ours, legs, limit.limit);
      if (limit !== undefined && mismatch !== undefined) found.push([levelOf(limit), mismatch]);
    }
  }
  const { mismatch: _, ...rest } = verdict;
  const [error] = found.flatMap(([level, mismatch]) => (level === 'error' ? [mismatch] : []));
  const warnings = found.flatMap(([level, mismatch]) => (level === 'warn' ? [mismatch] : []));
  return { ...rest, warnings, ...(error !== undefined && { mismatch: error }) };
}

const levelOf = ({ level = 'error' }: Limit): Level => level;

/** A number that is zero on one side only, and not small. */
function beyondBand(ours: CaseOutcome, { truth }: ReferenceLegs, band: number): Mismatch | undefined {
  return firstNumber(ours, truth, 'support', (a, b, scale) => {
    const differs = (a === 0) !== (b === 0);
    return differs && Math.max(Math.abs(a), Math.abs(b)) > band * scale ? Infinity : 0;
  });
}

/** The number that is farthest from the truth in steps of float32. */
function beyondUlps(ours: CaseOutcome, { truth }: ReferenceLegs, limit: number): Mismatch | undefined {
  return firstNumber(ours, truth, 'ulps', (a, b) => {
    const steps = Math.abs(a - b) / float32Step(b);
    return steps > limit && steps < Infinity ? steps : 0;
  });
}

/** The worst number by a measure that is 0 where nothing is wrong. */
function firstNumber(
  ours: CaseOutcome,
  truth: CaseOutcome,
  kind: 'support' | 'ulps',
  measure: (ours: number, truth: number, scale: number) => number,
): Mismatch | undefined {
  let worst: Mismatch | undefined;
  for (const [tensor, { data, shape }] of truth.tensors) {
    const own = ours.tensors.get(tensor);
    if (own === undefined || own.data.length !== data.length || !own.dtype.startsWith('float')) continue;
    const scale = largestFinite(data);
    for (let i = 0; i < data.length; i++) {
      const [a, b] = [Number(own.data[i]), Number(data[i])];
      const size = measure(a, b, scale);
      if (size <= (worst?.ratio ?? 0)) continue;
      const coordinate = coordinatesOf(i, shape);
      const place = coordinate.length === 0 ? tensor : `${tensor}[${coordinate.join(', ')}]`;
      const what = kind === 'support' ? 'zero on one side only' : `${size.toFixed(1)} steps of float32 apart`;
      worst = {
        kind,
        tensor,
        coordinate,
        ours: a,
        truth: b,
        ratio: size,
        message: `${place}: ours ${a}, truth ${b}: ${what}`,
      };
    }
  }
  return worst;
}

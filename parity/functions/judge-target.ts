import { setImmediate } from 'node:timers/promises';
import type { CaseOutcome } from '../case.js';
import type { Mismatch } from '../compare.js';
import { failureOf } from '../judge-or-name.js';
import { judgeByBudgets, type BudgetVerdict } from './budgets.js';
import { PortError } from './command-side.js';
import type { OurSide } from './our-side.js';
import { isRefusal, type PlannedFunctionCase, type PlannedStratum } from './plan-functions.js';
import type { PreparedTarget } from './prepared.js';
import { type Calls, type JudgedFunctionCase, judgeCases } from './reference-side.js';
import type { FunctionStratum } from './strata.js';

/** A case that was judged, with what both sides gave. */
export interface JudgedRun {
  readonly path: string;
  readonly judged: JudgedFunctionCase;
  readonly ours: CaseOutcome;
  readonly verdict: BudgetVerdict;
  /** Time for our side. */
  readonly seconds: number;
}

export interface FunctionFailure {
  readonly path: string;
  readonly judged: JudgedFunctionCase;
  readonly ours: CaseOutcome;
  readonly mismatch: Mismatch;
}

/** One line of the table: the cases of one stratum of a target. */
export interface StratumResult {
  readonly stratum: FunctionStratum;
  readonly cases: number;
  /** Cases that the reference computed; it refused the others. */
  readonly computed: number;
  /** What the reference said of the first case that it refused. */
  readonly refusal?: string;
  readonly failures: readonly FunctionFailure[];
  readonly valueRatio: number;
  readonly gradientRatio: number;
  readonly seconds: number;
}

export interface TargetResult {
  readonly target: PreparedTarget;
  readonly strata: readonly StratumResult[];
  readonly warnings: readonly { readonly path: string; readonly mismatch: Mismatch }[];
  /** What could not be compared, and why. */
  readonly unchecked: readonly { readonly path: string; readonly why: string }[];
  /** Wrong variants; undefined if the target has none. */
  readonly kills: { readonly mutants: number; readonly survivors: readonly string[] } | undefined;
}

export interface TargetRun {
  readonly reference: Calls;
  readonly onCase?: (run: JudgedRun, stratum: FunctionStratum) => void;
  readonly onStratum?: (name: string, stratum: FunctionStratum) => void;
}

/** Compares a target on its cases, and its wrong variants on the same cases. */
export async function judgeTarget(
  target: PreparedTarget,
  plan: readonly PlannedStratum[],
  { reference, onCase, onStratum }: TargetRun,
): Promise<TargetResult> {
  const strata: StratumResult[] = [];
  const warnings: { path: string; mismatch: Mismatch }[] = [];
  const unchecked: { path: string; why: string }[] = [];
  const known: JudgedFunctionCase[] = [];
  const side = new PatientSide(target.open(target.target.ours));
  const ask = (planned: PlannedStratum | undefined): Promise<Answer[]> | undefined =>
    planned && judgeStratum(reference, target, planned);
  try {
    let next = ask(plan[0]);
    for (const [index, planned] of plan.entries()) {
      const present = next;
      next = ask(plan[index + 1]);
      // A failure of the next call is reported when its turn comes.
      next?.catch(() => undefined);
      onStratum?.(target.name, planned.stratum);
      const begin = performance.now();
      const result = { cases: 0, computed: 0, valueRatio: 0, gradientRatio: 0 };
      let refusal: string | undefined;
      const failures: FunctionFailure[] = [];
      const answers = (await present) ?? [];
      for (const [number, { path }] of planned.cases.entries()) {
        const judged = answers[number];
        if (judged === undefined) continue;
        if ('why' in judged) {
          unchecked.push({ path, why: judged.why });
          continue;
        }
        const caseBegin = performance.now();
        const ours = await side.run(judged);
        if ('why' in ours) {
          unchecked.push({ path, why: ours.why });
          continue;
        }
        known.push(judged);
        const verdict = verdictOf(ours, judged, target, planned.stratum);
        await setImmediate();
        onCase?.(
          { path, judged, ours, verdict, seconds: (performance.now() - caseBegin) / 1000 },
          planned.stratum,
        );
        result.cases += 1;
        if (judged.legs.float32.error === undefined) result.computed += 1;
        else refusal ??= `${judged.legs.float32.error.type}: ${judged.legs.float32.error.message}`;
        result.valueRatio = Math.max(result.valueRatio, verdict.valueRatio);
        result.gradientRatio = Math.max(result.gradientRatio, verdict.gradientRatio);
        for (const mismatch of verdict.warnings) warnings.push({ path, mismatch });
        if (verdict.mismatch !== undefined) failures.push({ path, judged, ours, mismatch: verdict.mismatch });
      }
      strata.push({
        stratum: planned.stratum,
        ...result,
        ...(refusal !== undefined && { refusal }),
        failures,
        seconds: (performance.now() - begin) / 1000,
      });
    }
  } finally {
    await side.close();
  }
  return { target, strata, warnings, unchecked, kills: await killsOf(target, known) };
}

/** The reference's result for each case, or why it has none. */
type Answer = JudgedFunctionCase | { readonly why: string };

/** If the reference dies during a batch, each case is judged alone, so that the one it dies of has a name. */
async function judgeStratum(
  reference: Calls,
  target: PreparedTarget,
  { stratum, cases }: PlannedStratum,
): Promise<Answer[]> {
  const ask = (some: readonly PlannedFunctionCase[]): Promise<JudgedFunctionCase[]> =>
    judgeCases(
      reference,
      target.reference,
      some.map((one) => one.case),
      { sharp: stratum.sharp === true },
    );
  try {
    return await ask(cases);
  } catch (error) {
    if (failureOf(error) === undefined) throw error;
  }
  const answers: Answer[] = [];
  for (const one of cases) {
    try {
      answers.push(...(await ask([one])));
    } catch (error) {
      const why = failureOf(error);
      if (why === undefined) throw error;
      answers.push({ why });
    }
  }
  return answers;
}

/** Inputs to refuse have to be refused by both sides: a value on both sides is a mismatch, too. */
export function verdictOf(
  ours: CaseOutcome,
  { legs }: JudgedFunctionCase,
  { budgets }: PreparedTarget,
  stratum: Pick<FunctionStratum, 'id'>,
): BudgetVerdict {
  const verdict = judgeByBudgets(ours, legs, budgets);
  if (!isRefusal(stratum) || legs.float32.error !== undefined || verdict.mismatch !== undefined) {
    return verdict;
  }
  const mismatch: Mismatch = {
    kind: 'error',
    tensor: '-',
    message: 'both sides compute a value; expected an error',
  };
  return { ...verdict, mismatch };
}

/** A program that fails this often in a row is not asked again. */
const MOST_FAILURES = 3;

/** Asks our side; keeps a port that does not keep to the protocol from ending the run, or from delaying it for long. */
class PatientSide {
  readonly #side: OurSide;
  #failures = 0;

  constructor(side: OurSide) {
    this.#side = side;
  }

  /** The outcome, or why there is none. */
  async run(judged: JudgedFunctionCase): Promise<CaseOutcome | { readonly why: string }> {
    if (this.#failures >= MOST_FAILURES) {
      return { why: `the port has failed ${MOST_FAILURES} times in a row` };
    }
    try {
      const outcome = await this.#side.run(judged);
      this.#failures = 0;
      return outcome;
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      this.#failures += 1;
      return { why: error.message };
    }
  }

  close(): Promise<void> {
    return this.#side.close();
  }
}

/** A wrong variant is caught by the first case that tells it from the reference. */
async function killsOf(
  target: PreparedTarget,
  cases: readonly JudgedFunctionCase[],
): Promise<TargetResult['kills']> {
  const mutants = Object.entries(target.target.mutants ?? {});
  if (mutants.length === 0) return undefined;
  const survivors: string[] = [];
  for (const [id, mutant] of mutants) {
    if (!(await isKilled(target.open(mutant), target, cases))) survivors.push(id);
  }
  return { mutants: mutants.length, survivors };
}

async function isKilled(
  side: OurSide,
  target: PreparedTarget,
  cases: readonly JudgedFunctionCase[],
): Promise<boolean> {
  try {
    for (const judged of cases) {
      const verdict = verdictOf(await side.run(judged), judged, target, { id: judged.case.stratum });
      if (verdict.mismatch !== undefined) return true;
    }
    return false;
  } finally {
    await side.close();
  }
}

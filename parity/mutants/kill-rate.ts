import { setImmediate } from 'node:timers/promises';
import type { JudgedCase } from '../case-file.js';
import type { ParityCase } from '../case.js';
import { compareOutcomes, type Mismatch } from '../compare.js';
import { type Implementation, OURS } from '../implementation.js';
import { runCase } from '../run-case.js';
import { type Mutant, MUTANTS } from './index.js';

export type { JudgedCase } from '../case-file.js';

/** The first case that distinguished a mutant from the right loss. */
export interface Kill {
  /** LOSS/WRAPPER/FORMAT */
  readonly cell: string;
  readonly stratum: string;
  readonly mismatch: Mismatch;
  readonly judged: JudgedCase;
}

export interface MutantResult {
  readonly mutant: Mutant;
  /** The number of cases that it met; if it was killed, the last of them killed it. */
  readonly tried: number;
  readonly killedBy?: Kill;
}

export interface KillReport {
  readonly results: readonly MutantResult[];
  readonly killed: number;
  /** Alive, and declared not to be a mistake that a case could show. */
  readonly equivalent: readonly MutantResult[];
  /** Alive without such a reason: the comparison is blind to them. */
  readonly survived: readonly MutantResult[];
}

export interface KillRateOptions {
  /** Default: the whole table. */
  readonly mutants?: readonly Mutant[];
  /** Called before a mutant is tried. */
  readonly onMutant?: (id: string, index: number, total: number) => void;
}

/**
 * Runs every mutant on the judged cases of its loss, small ones first, until one of them catches it. A case that the
 * right loss fails as well says nothing about a mutant.
 */
export async function killRate(
  judged: readonly JudgedCase[],
  { mutants = MUTANTS, onMutant = () => undefined }: KillRateOptions = {},
): Promise<KillReport> {
  const smallFirst = judged.toSorted((a, b) => size(a.case) - size(b.case));
  const sound = passedByOurs();
  const results: MutantResult[] = [];
  for (const [index, mutant] of mutants.entries()) {
    onMutant(mutant.id, index, mutants.length);
    results.push(await trial(mutant, smallFirst, sound));
    // As with the cases themselves, this lets an interruption through.
    await setImmediate();
  }
  const alive = results.filter(({ killedBy }) => killedBy === undefined);
  return {
    results,
    killed: results.length - alive.length,
    equivalent: alive.filter(({ mutant }) => mutant.equivalent !== undefined),
    survived: alive.filter(({ mutant }) => mutant.equivalent === undefined),
  };
}

type Passes = (judged: JudgedCase) => Promise<boolean>;

/** Whether this package's own implementation passes a case, computed at most once per case. */
function passedByOurs(): Passes {
  const known = new Map<JudgedCase, boolean>();
  return async (judged) => {
    const passed = known.get(judged) ?? (await mismatchOf(judged, OURS)) === undefined;
    known.set(judged, passed);
    return passed;
  };
}

async function mismatchOf(
  { case: testCase, legs }: JudgedCase,
  of: Implementation,
): Promise<Mismatch | undefined> {
  return compareOutcomes(await runCase(testCase, of), legs).mismatch;
}

async function trial(mutant: Mutant, judged: readonly JudgedCase[], sound: Passes): Promise<MutantResult> {
  let tried = 0;
  for (const one of judged) {
    const { case: testCase } = one;
    if (!concerns(mutant, testCase)) continue;
    tried += 1;
    const mismatch = await mismatchOf(one, mutant.implementation);
    if (mismatch === undefined || !(await sound(one))) continue;
    const { loss, wrapper, format, stratum } = testCase;
    return {
      mutant,
      tried,
      killedBy: { cell: `${loss}/${wrapper}/${format}`, stratum, mismatch, judged: one },
    };
  }
  return { mutant, tried };
}

/** Restated formulas check no inputs. Bad inputs are left to the mutants about them. */
export function concerns({ cells, loss }: Mutant, testCase: ParityCase): boolean {
  if (cells !== undefined) return cells(testCase);
  return (testCase.loss === loss || testCase.wrapper === loss) && !testCase.stratum.startsWith('bad-input');
}

/** In numbers. A case in a wrapper costs more than a plain one of the same size, and shows less of its base loss. */
function size({ columns, wrapper }: ParityCase): number {
  const numbers = columns
    .flatMap((column) => Object.values(column))
    .reduce((sum, tensor) => sum + (tensor?.data.length ?? 0), 0);
  return wrapper === 'none' ? numbers : 4 * numbers;
}

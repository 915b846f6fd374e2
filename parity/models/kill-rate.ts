import { compareOutcomes } from '../compare.js';
import type { ModelMutant } from './mutant.js';
import { ourOutcome } from './our-outcome.js';
import type { JudgedModelCase } from './run-models.js';
import type { Subject } from './subject.js';

export interface ModelKills {
  readonly mutants: readonly ModelMutant[];
  /** Variants that no case distinguished from the right model. */
  readonly survivors: readonly ModelMutant[];
}

/**
 * Runs wrong variants of a model on its cases until one catches them. `encode` is left out, since it runs the encoder's
 * own modules. A case that the right model fails as well says nothing about a variant.
 */
export async function modelKills(
  subject: Subject,
  judged: readonly JudgedModelCase[],
  mutants: readonly ModelMutant[],
): Promise<ModelKills> {
  const known = new Map<JudgedModelCase, boolean>();
  const passes = async (one: JudgedModelCase): Promise<boolean> => {
    const passed = known.get(one) ?? !(await differs(subject, one));
    known.set(one, passed);
    return passed;
  };
  const cases = judged.filter((one) => one.case.check !== 'encode');
  const survivors: ModelMutant[] = [];
  for (const mutant of mutants) {
    const wrong = { ...subject, modules: mutant.modules(subject.modules) };
    let caught = false;
    for (const one of cases) {
      caught = (await differs(wrong, one)) && (await passes(one));
      if (caught) break;
    }
    if (!caught) survivors.push(mutant);
  }
  return { mutants, survivors };
}

/** A crash is not a finding: it would not show what is wrong. */
async function differs(subject: Subject, { case: one, legs }: JudgedModelCase): Promise<boolean> {
  const outcome = await ourOutcome(subject, one);
  if (outcome.error !== undefined && legs.float32.error === undefined) return false;
  return compareOutcomes(outcome, legs).mismatch !== undefined;
}

import { compareOutcomes, type ReferenceLegs } from '../compare.js';
import { fixtureOf } from './data.js';
import type { TrainingMutant } from './mutants.js';
import { ourRun } from './our-run.js';
import type { Recipe } from './recipe.js';
import { legsByStep } from './reference-run.js';
import { openSubject, type Subject } from './subject.js';

interface Trial {
  readonly folder: string;
  /** The right trainer's model. It is not disposed. */
  readonly subject: Subject;
  readonly recipe: Recipe;
  readonly legs: ReferenceLegs;
  readonly onMutant?: (id: string) => void;
}

/**
 * Trains wrong variants of the trainer by their recipes, and returns those that the comparison did not distinguish from the
 * right one. A variant trains up to the first step that differs. A crash is not a finding: it would not show what is wrong.
 */
export async function survivorsOf(
  mutants: readonly TrainingMutant[],
  { folder, subject: right, recipe, legs, onMutant }: Trial,
): Promise<TrainingMutant[]> {
  const steps = legsByStep(legs);
  const survivors: TrainingMutant[] = [];
  const isCaught = async (subject: Subject, { variation }: TrainingMutant): Promise<boolean> => {
    let differs = false;
    const { error } = await ourRun(subject, recipe, {
      variation,
      until: (step, noted) => {
        const own = steps.get(step);
        differs = own === undefined || compareOutcomes(noted, own).mismatch !== undefined;
        return differs;
      },
    });
    return error === undefined && differs;
  };
  for (const mutant of mutants) {
    const { wrongModel } = mutant;
    const from = wrongModel?.keepsDropout === true ? fixtureOf(recipe) : folder;
    const subject = wrongModel === undefined ? right : await openSubject(from, recipe, wrongModel);
    try {
      if (!(await isCaught(subject, mutant))) survivors.push(mutant);
    } finally {
      if (subject !== right) await subject.dispose();
    }
    onMutant?.(mutant.id);
  }
  return survivors;
}

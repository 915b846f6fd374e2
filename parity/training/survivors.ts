import { compareOutcomes, type ReferenceLegs } from '../compare.js';
import type { TrainingMutant } from './mutants.js';
import { ourRun } from './our-run.js';
import type { Recipe } from './recipe.js';

interface Trial {
  readonly folder: string;
  readonly recipe: Recipe;
  readonly legs: ReferenceLegs;
  readonly onMutant?: (id: string) => void;
}

/**
 * Lets wrong variants of the trainer train by their recipe, and gives those that the comparison did not tell from the right
 * one. A crash is not a finding: it would not tell what is wrong.
 */
export async function survivorsOf(
  mutants: readonly TrainingMutant[],
  { folder, recipe, legs, onMutant }: Trial,
): Promise<TrainingMutant[]> {
  const survivors: TrainingMutant[] = [];
  for (const mutant of mutants) {
    const outcome = await ourRun(folder, recipe, mutant.variation);
    const isCaught = outcome.error === undefined && compareOutcomes(outcome, legs).mismatch !== undefined;
    if (!isCaught) survivors.push(mutant);
    onMutant?.(mutant.id);
  }
  return survivors;
}

import type { CaseOutcome } from '../case.js';
import { compareOutcomes, type ReferenceLegs, type Verdict } from '../compare.js';
import {
  type Mutant,
  type StepCompared,
  TRAINING_PATH,
  type TrainingCheck,
  type TrainingResult,
} from './check.js';
import { copyWithoutDropout } from './data.js';
import { TRAINING_MUTANTS } from './mutants.js';
import { ourRun } from './our-run.js';
import { datasetsOf, type Recipe } from './recipe.js';
import { isMeasure, placeOf, referenceRun } from './reference-run.js';
import { openSubject, type Subject } from './subject.js';
import { survivorsOf } from './survivors.js';

/** Trains with both trainers by a recipe, and compares everything that they have at each step. */
export const recipeCheck = (recipe: Recipe): TrainingCheck => ({
  name: recipe.name,
  mutants: TRAINING_MUTANTS.filter((mutant) => mutant.recipe === recipe.name),
  async judge({ reference, work, steps }) {
    const folder = copyWithoutDropout(recipe, work);
    const legs = await referenceRun(reference, folder, recipe, steps);
    const subject = await openSubject(folder, recipe);
    return {
      result: await compared(recipe, { subject, legs, steps }),
      dispose: subject.dispose,
      survivors: (mutants: readonly Mutant[], onMutant) =>
        survivorsOf(
          TRAINING_MUTANTS.filter((each) => mutants.includes(each)),
          { folder, subject, recipe, legs, ...(onMutant && { onMutant }) },
        ),
    };
  },
});

interface Given {
  readonly subject: Subject;
  readonly legs: ReferenceLegs;
  readonly steps: number;
}

async function compared(recipe: Recipe, { subject, legs, steps }: Given): Promise<TrainingResult> {
  const begin = performance.now();
  const ours = await ourRun(subject, recipe, { steps, measured: true });
  const verdict = compareOutcomes(ours, legs);
  const { mismatch } = verdict;
  const losses = datasetsOf(recipe).map(([, { loss }]) => loss);
  return {
    name: recipe.name,
    model: recipe.model,
    loss: losses.map(({ loss }) => loss).join(', '),
    wrapper: [...new Set(losses.map(({ wrapper }) => wrapper))].join(', '),
    steps,
    cases: 1,
    failures: mismatch === undefined ? [] : [{ path: `${TRAINING_PATH}${recipe.name}`, mismatch }],
    valueRatio: worst(verdict, (name) => !isState(name)),
    parameterRatio: worst(verdict, isState),
    ndcg10: {
      ours: numberIn(ours, `ndcg/${steps}`),
      reference: numberIn(legs.float32, `ndcg/${steps}`),
    },
    curve: Array.from({ length: steps }, (_, index): StepCompared => {
      const name = `loss/${index + 1}`;
      return {
        step: index + 1,
        ours: numberIn(ours, name),
        reference: numberIn(legs.float32, name),
        ratio: worst(verdict, (each) => placeOf(each).step === index + 1),
      };
    }),
    seconds: (performance.now() - begin) / 1000,
  };
}

const isState = (name: string): boolean => /^(parameter|first|second)\//.test(name);

/** The largest ratio; infinite if nothing could be compared. */
function worst({ ratios, mismatch }: Verdict, counts: (name: string) => boolean): number {
  if (ratios.size === 0 && mismatch !== undefined) return Infinity;
  return [...ratios].reduce(
    (most, [name, ratio]) => (counts(name) && !isMeasure(name) ? Math.max(most, ratio) : most),
    0,
  );
}

const numberIn = ({ tensors }: CaseOutcome, name: string): number =>
  Number(tensors.get(name)?.data[0] ?? Number.NaN);

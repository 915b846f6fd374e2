import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setEngine, UsageError } from '../../src/index.js';
import type { Reference } from '../../src/python/bridge.js';
import { compareOutcomes, type Mismatch, type ReferenceLegs } from '../compare.js';
import { copyWithoutDropout } from './data.js';
import { TRAINING_MUTANTS } from './mutants.js';
import { ourRun } from './our-run.js';
import { type Recipe, RECIPES } from './recipe.js';
import { referenceRun } from './reference-run.js';
import { survivorsOf } from './survivors.js';

/** What begins a path of a recipe. */
export const TRAINING_PATH = 'training/';

export interface TrainingResult {
  readonly recipe: Recipe;
  readonly cases: number;
  readonly failures: readonly { readonly path: string; readonly mismatch: Mismatch }[];
  /** Our worst error over PyTorch's, over the losses, components, norms, learning rates and weights of all steps. */
  readonly valueRatio: number;
  /** The same over parameters and moments. */
  readonly parameterRatio: number;
  readonly seconds: number;
}

export interface TrainingRunOptions {
  readonly reference: Pick<Reference, 'call'>;
  /** Whether the wrong variants of the trainer train, too. */
  readonly withMutants: boolean;
  readonly onRecipe?: (name: string) => void;
  readonly onMutant?: (id: string) => void;
}

export interface TrainingCompared {
  readonly results: readonly TrainingResult[];
  readonly mutants: number;
  readonly survivors: readonly string[];
}

/** Recipes of these names, all where none is named. Throws a UsageError for a name there is not. */
export function selectRecipes(names: readonly string[]): readonly Recipe[] {
  const known = RECIPES.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`no training run "${unknown}"; there are ${known.join(', ')}`);
  }
  return RECIPES.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Judges every recipe on the onnx engine, on which the trainer runs. */
export async function runTraining(
  recipes: readonly Recipe[],
  { reference, withMutants, onRecipe, onMutant }: TrainingRunOptions,
): Promise<TrainingCompared> {
  const work = mkdtempSync(join(tmpdir(), 'parity-training-'));
  await setEngine('onnx', { threads: 1 });
  const results: TrainingResult[] = [];
  const survivors: string[] = [];
  let tried = 0;
  try {
    for (const recipe of recipes) {
      const folder = copyWithoutDropout(recipe, work);
      const legs = await referenceRun(reference, folder, recipe);
      results.push(await judge(recipe, folder, legs));
      onRecipe?.(`${TRAINING_PATH}${recipe.name}`);
      if (!withMutants) continue;
      const mutants = TRAINING_MUTANTS.filter((mutant) => mutant.recipe === recipe.name);
      tried += mutants.length;
      // Where the right trainer fails as well, nothing tells a wrong one.
      const isRight = results.at(-1)?.failures.length === 0;
      const trial = { folder, recipe, legs, ...(onMutant && { onMutant }) };
      const survived = isRight ? await survivorsOf(mutants, trial) : mutants;
      survivors.push(...survived.map(({ id }) => id));
    }
    return { results, mutants: tried, survivors };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const isState = (name: string): boolean => /^(parameter|first|second)\//.test(name);

async function judge(recipe: Recipe, folder: string, legs: ReferenceLegs): Promise<TrainingResult> {
  const begin = performance.now();
  const ours = await ourRun(folder, recipe);
  const [values, parameters] = [false, true].map((state) =>
    compareOutcomes(ours, {
      ...legs,
      float32: {
        ...legs.float32,
        tensors: new Map([...legs.float32.tensors].filter(([name]) => isState(name) === state)),
      },
    }),
  );
  const mismatch = values?.mismatch ?? parameters?.mismatch;
  return {
    recipe,
    cases: 1,
    failures: mismatch === undefined ? [] : [{ path: `${TRAINING_PATH}${recipe.name}`, mismatch }],
    valueRatio: values?.valueRatio ?? Infinity,
    parameterRatio: parameters?.valueRatio ?? Infinity,
    seconds: (performance.now() - begin) / 1000,
  };
}

// @module-tag slow
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine, setWarningHandler } from '../../src/index.js';
import type { Reference } from '../../src/python/bridge.js';
import { findReferencePython } from '../../src/python/environment.js';
import { startReference } from '../start-reference.js';
import { copyWithoutDropout } from './data.js';
import { TRAINING_CONTROLS, TRAINING_MUTANTS } from './mutants.js';
import { type Recipe, RECIPES } from './recipe.js';
import { referenceRun } from './reference-run.js';
import { runTraining } from './run-training.js';
import { survivorsOf } from './survivors.js';

const python = findReferencePython();
const TIME = 400_000;

describe.runIf(python !== undefined)('training beside the reference’s trainer', () => {
  let reference: Reference;
  let folder = '';

  beforeAll(async () => {
    setWarningHandler(() => undefined);
    await setEngine('onnx', { threads: 1 });
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-training-'));
    reference = await startReference({ python: python ?? '' });
  }, TIME);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await reference.stop();
  });

  it.each(RECIPES)(
    'has the same losses, parameters and moments: $name',
    async (recipe) => {
      const { results } = await runTraining([recipe], { reference, withMutants: false });
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.every(({ valueRatio, parameterRatio }) => valueRatio > 0 && parameterRatio > 0)).toBe(
        true,
      );
    },
    TIME,
  );

  it(
    'lets right variants pass, and catches a wrong one',
    async () => {
      const recipe = RECIPES.find(({ name }) => name === 'splade-in-batch') as Recipe;
      const model = copyWithoutDropout(recipe, folder);
      const trial = { folder: model, recipe, legs: await referenceRun(reference, model, recipe) };
      const controls = TRAINING_CONTROLS.filter((each) => each.recipe === recipe.name);
      expect(await survivorsOf(controls, trial)).toEqual(controls);
      const wrong = TRAINING_MUTANTS.filter(({ id }) => id === 'adam/step-late' || id === 'decay/twice');
      expect(
        await survivorsOf(
          wrong.filter((each) => each.recipe === recipe.name),
          trial,
        ),
      ).toEqual([]);
    },
    TIME,
  );
});

// @module-tag slow
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { setEngine } from '../../src/index.js';
import { HAS_REFERENCE, LIVE_TIME, liveReference } from '../../src/testing/python/live-reference.js';
import { copyWithoutDropout } from './data.js';
import { TRAINING_CONTROLS, TRAINING_MUTANTS } from './mutants.js';
import { type Recipe, RECIPES, STEPS } from './recipe.js';
import { referenceRun } from './reference-run.js';
import { openSubject } from './subject.js';
import { survivorsOf } from './survivors.js';

/** `npm run parity -- --training` runs every recipe. */
describe.runIf(HAS_REFERENCE)('training beside the reference’s trainer', () => {
  const reference = liveReference();
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-training-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'lets right variants pass, and catches a wrong one',
    async () => {
      await setEngine('onnx', { threads: 1 });
      const recipe = RECIPES.find(({ name }) => name === 'splade-in-batch') as Recipe;
      const model = copyWithoutDropout(recipe, folder);
      const legs = await referenceRun(reference, model, recipe, STEPS);
      const subject = await openSubject(model, recipe);
      const trial = { folder: model, subject, recipe, legs };
      const controls = TRAINING_CONTROLS.filter((each) => each.recipe === recipe.name);
      expect(await survivorsOf(controls, trial)).toEqual(controls);
      const wrong = TRAINING_MUTANTS.filter(({ id }) => id === 'schedule/late' || id === 'decay/twice');
      expect(wrong).toHaveLength(2);
      expect(await survivorsOf(wrong, trial)).toEqual([]);
      await subject.dispose();
    },
    LIVE_TIME,
  );
});

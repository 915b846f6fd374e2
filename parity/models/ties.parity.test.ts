import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../../src/engine/set-engine.js';
import type { Reference } from '../../src/python/bridge.js';
import { findReferencePython } from '../../src/python/environment.js';
import { ownDecoder, TIED_MODELS } from '../../src/testing/files/untied-model.js';
import { setWarningHandler } from '../../src/warnings.js';
import { startReference } from '../start-reference.js';
import type { ModelSource } from './folders.js';
import { MODEL_PATH } from './model-case.js';
import { runModels } from './run-models.js';

const python = findReferencePython();
const SEED = 12;
const TIME = 400_000;

const LOSS = 'SpladeLoss/SparseMultipleNegativesRankingLoss/pair';
const CASES = Object.entries(TIED_MODELS).flatMap(([model, { bias }]) =>
  (bias === undefined
    ? [['weight'] as const]
    : [['weight'] as const, ['bias'] as const, ['weight', 'bias'] as const]
  ).map((parts) => ({ model, parts })),
);

describe.runIf(python !== undefined)('a decoder of its own beside tied parameters', () => {
  let reference: Reference;
  beforeAll(async () => {
    setWarningHandler(() => undefined);
    await setEngine('cpu');
    reference = await startReference({ python: python ?? '' });
  }, TIME);
  afterAll(() => reference.stop());

  it.each(CASES)(
    'has the embeddings and gradients of the reference: $model, $parts',
    async ({ model, parts }) => {
      const source: ModelSource = {
        name: model,
        family: 'SPLADE',
        backbone: model,
        open: () => ownDecoder(model, parts),
      };
      const results = await runModels(
        [
          { source, check: 'encode', cases: [`${MODEL_PATH}${model}/encode`] },
          { source, check: 'SpladeLoss', cases: [`${MODEL_PATH}${model}/${LOSS}`] },
        ],
        { reference, seed: SEED, backends: ['cpu'] },
      );
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.map(({ cases }) => cases)).toEqual([1, 1]);
      expect(results.at(-1)?.gradientRatio).toBeGreaterThan(0);
    },
    TIME,
  );
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelSource } from '../../parity/models/folders.js';
import { MODEL_PATH } from '../../parity/models/model-case.js';
import { runModels } from '../../parity/models/run-models.js';
import { type Reference, startReference } from '../../parity/python/bridge.js';
import { findReferencePython } from '../../parity/python/environment.js';
import { setEngine } from '../engine/set-engine.js';
import { ownDecoder, TIED_MODELS } from '../testing/files/untied-model.js';
import { setWarningHandler } from '../warnings.js';

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
        { reference, seed: SEED, backend: 'cpu' },
      );
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.map(({ cases }) => cases)).toEqual([1, 1]);
      expect(results.at(-1)?.gradientRatio).toBeGreaterThan(0);
    },
    TIME,
  );
});

import { describe, expect, it } from 'vitest';
import { ownDecoder, TIED_MODELS } from '../../src/testing/files/untied-model.js';
import { HAS_REFERENCE, LIVE_TIME, liveReference } from '../../src/testing/python/live-reference.js';
import type { ModelSource } from './folders.js';
import { MODEL_PATH } from './model-case.js';
import { runModels } from './run-models.js';

const SEED = 12;

const LOSS = 'SpladeLoss/SparseMultipleNegativesRankingLoss/pair';
const CASES = Object.entries(TIED_MODELS).flatMap(([model, { bias }]) =>
  (bias === undefined
    ? [['weight'] as const]
    : [['weight'] as const, ['bias'] as const, ['weight', 'bias'] as const]
  ).map((parts) => ({ model, parts })),
);

describe.runIf(HAS_REFERENCE)('a decoder of its own beside tied parameters', () => {
  const reference = liveReference();

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
    LIVE_TIME,
  );
});

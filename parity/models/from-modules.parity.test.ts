import { describe, expect, it } from 'vitest';
import { NEW_ENCODERS } from '../../src/testing/new-encoders.js';
import { HAS_REFERENCE, LIVE_TIME, liveReference } from '../../src/testing/python/live-reference.js';
import { savedEncoder } from '../testing/saved-encoder.js';
import type { ModelFamily } from './folders.js';
import { MODEL_PATH } from './model-case.js';
import type { ModelCell } from './plan.js';
import { runModels } from './run-models.js';

const SEED = 11;

const WRAPPERS = { SPLADE: 'SpladeLoss', CSR: 'CSRLoss', 'inference-free': 'SpladeLoss' } as const;

/** The reference opens what is saved of an encoder that was put together here. */
function cellsOf(family: ModelFamily): ModelCell[] {
  const name = `new-${family}`;
  const source = savedEncoder(name, family, NEW_ENCODERS[family]);
  const cell = (check: ModelCell['check'], loss = ''): ModelCell => ({
    source,
    check,
    cases: [`${MODEL_PATH}${name}/${check}${loss}`],
  });
  return [
    cell('features'),
    cell('encode'),
    cell(WRAPPERS[family], '/SparseMultipleNegativesRankingLoss/pair'),
  ];
}

describe.runIf(HAS_REFERENCE)('an encoder made of modules, saved and opened by the reference', () => {
  const reference = liveReference();

  it.each(['SPLADE', 'CSR', 'inference-free'] as const)(
    'has its features, embeddings and gradients there: %s',
    async (family) => {
      const cells = cellsOf(family);
      const results = await runModels(cells, { reference, seed: SEED, backends: ['cpu'] });
      expect(results.map(({ cell: { check } }) => check)).toEqual(cells.map(({ check }) => check));
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.every(({ cases, valueRatio }) => cases === 1 && valueRatio > 0)).toBe(true);
      expect(results.at(-1)?.gradientRatio).toBeGreaterThan(0);
    },
    LIVE_TIME,
  );
});

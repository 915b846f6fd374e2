import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../../src/engine/set-engine.js';
import type { Reference } from '../../src/python/bridge.js';
import { findReferencePython } from '../../src/python/environment.js';
import { NEW_ENCODERS } from '../../src/testing/new-encoders.js';
import { setWarningHandler } from '../../src/warnings.js';
import { startReference } from '../start-reference.js';
import type { ModelFamily, ModelSource } from './folders.js';
import { MODEL_PATH } from './model-case.js';
import type { ModelCell } from './plan.js';
import { runModels } from './run-models.js';

const python = findReferencePython();
const SEED = 11;
const TIME = 400_000;

const WRAPPERS = { SPLADE: 'SpladeLoss', CSR: 'CSRLoss', 'inference-free': 'SpladeLoss' } as const;

/** The reference opens what is saved of an encoder that was put together here. */
function cellsOf(family: ModelFamily): ModelCell[] {
  const name = `new-${family}`;
  const source: ModelSource = {
    name,
    family,
    backbone: 'BERT',
    open: async ({ folder }) => {
      const encoder = await NEW_ENCODERS[family]();
      const saved = join(folder, name);
      await encoder.save(saved);
      await encoder.dispose();
      return saved;
    },
  };
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

describe.runIf(python !== undefined)('an encoder made of modules, saved and opened by the reference', () => {
  let reference: Reference;
  beforeAll(async () => {
    setWarningHandler(() => undefined);
    await setEngine('cpu');
    reference = await startReference({ python: python ?? '' });
  }, TIME);
  afterAll(() => reference.stop());

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
    TIME,
  );
});

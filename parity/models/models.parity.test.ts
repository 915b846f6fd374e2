import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setWarningHandler } from '../../src/index.js';
import type { Reference } from '../../src/python/bridge.js';
import { findReferencePython } from '../../src/python/environment.js';
import { DEFAULT_SEED } from '../command.js';
import { startReference } from '../start-reference.js';
import { modelKills } from './kill-rate.js';
import { MODEL_CONTROLS, MODEL_MUTANTS } from './mutants.js';
import { type ModelCell, selectModelCells } from './plan.js';
import { type ModelRun, runModels } from './run-models.js';

const python = findReferencePython();

/** Not the command's seed, so that the two use different texts. */
const SEED = DEFAULT_SEED + 1;
const TIME = 400_000;

/** Keeps a model's features, its embeddings and the first loss of each wrapper. */
function shortened(models: readonly string[]): ModelCell[] {
  return selectModelCells({ models }).map((cell) => ({ ...cell, cases: cell.cases.slice(0, 1) }));
}

describe.runIf(python !== undefined)('whole models compared with sentence-transformers', () => {
  let reference: Reference;

  beforeAll(async () => {
    setWarningHandler(() => undefined);
    reference = await startReference({ python: python ?? '' });
  }, TIME);

  afterAll(() => reference.stop());

  const run = (cells: readonly ModelCell[], more: Partial<ModelRun> = {}): ReturnType<typeof runModels> =>
    runModels(cells, { reference, seed: SEED, backends: ['cpu'], ...more });

  it(
    'agree on features, embeddings and gradients',
    async () => {
      const cells = shortened(['splade-distilbert', 'csr-deep', 'inference-free', 'own-modernbert']);
      const results = await run(cells);
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.map(({ cell }) => cell)).toEqual(cells);
      const gradients = results.filter(({ cell }) => cell.check.endsWith('Loss'));
      expect(gradients.every(({ gradientRatio }) => gradientRatio > 0)).toBe(true);
    },
    TIME,
  );

  it(
    'agree on the onnx engine',
    async () => {
      const results = await run(shortened(['csr']), { backends: ['onnx'] });
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
    },
    TIME,
  );

  it(
    'catch every wrong variant, and none that is right',
    async () => {
      const survived: string[] = [];
      const caught: string[] = [];
      const models = new Set(MODEL_MUTANTS.map(({ model }) => model));
      await run(shortened([...models]), {
        onModel: async (subject, judged, { name }) => {
          const own = MODEL_MUTANTS.filter(({ model }) => model === name);
          const kills = await modelKills(subject, judged, own);
          survived.push(...kills.survivors.map(({ id }) => id));
          const controls = MODEL_CONTROLS.filter(({ model }) => model === name);
          const right = await modelKills(subject, judged, controls);
          caught.push(...controls.filter((each) => !right.survivors.includes(each)).map(({ id }) => id));
        },
      });
      expect(survived).toEqual([]);
      expect(caught).toEqual([]);
    },
    TIME,
  );
});

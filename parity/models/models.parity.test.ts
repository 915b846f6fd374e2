import { describe, expect, it } from 'vitest';
import { DEFAULT_SEED } from '../command.js';
import { HAS_REFERENCE, LIVE_TIME, liveReference } from '../testing/live-reference.js';
import { modelKills } from './kill-rate.js';
import { MODEL_CONTROLS, MODEL_MUTANTS } from './mutants.js';
import { type ModelCell, selectModelCells } from './plan.js';
import { type ModelRun, runModels } from './run-models.js';

/** Not the command's seed, so that the two use different texts. */
const SEED = DEFAULT_SEED + 1;

/** Keeps a model's features, its embeddings and the first loss of each wrapper. */
function shortened(models: readonly string[]): ModelCell[] {
  return selectModelCells({ models }).map((cell) => ({ ...cell, cases: cell.cases.slice(0, 1) }));
}

describe.runIf(HAS_REFERENCE)('whole models compared with sentence-transformers', () => {
  const reference = liveReference();

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
    LIVE_TIME,
  );

  it(
    'agree on the onnx engine',
    async () => {
      const results = await run(shortened(['csr']), { backends: ['onnx'] });
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
    },
    LIVE_TIME,
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
    LIVE_TIME,
  );
});

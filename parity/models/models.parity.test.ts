import { describe, expect, it } from 'vitest';
import { HAS_REFERENCE, LIVE_TIME, liveReference } from '../../src/testing/python/live-reference.js';
import { DEFAULT_SEED } from '../command.js';
import { modelKills } from './kill-rate.js';
import { MODEL_CONTROLS } from './mutants.js';
import { type ModelCell, selectModelCells } from './plan.js';
import { type ModelRun, runModels } from './run-models.js';

/** Not the command's seed, so that the two use different texts. */
const SEED = DEFAULT_SEED + 1;

/** Keeps a model's features, its embeddings and the first loss of each wrapper. */
function shortened(models: readonly string[]): ModelCell[] {
  return selectModelCells({ models }).map((cell) => ({ ...cell, cases: cell.cases.slice(0, 1) }));
}

/** `npm run parity` compares every model, and catches their wrong variants. */
describe.runIf(HAS_REFERENCE)('whole models compared with sentence-transformers', () => {
  const reference = liveReference();

  const run = (cells: readonly ModelCell[], more: Partial<ModelRun> = {}): ReturnType<typeof runModels> =>
    runModels(cells, { reference, seed: SEED, backends: ['cpu'], ...more });

  it(
    'agree on features, embeddings and gradients',
    async () => {
      const cells = shortened(['csr']);
      const results = await run(cells, { backends: ['cpu', 'onnx'] });
      expect(results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(results.map(({ cell }) => cell)).toEqual([...cells, ...cells]);
      const gradients = results.filter(({ cell }) => cell.check.endsWith('Loss'));
      expect(gradients.every(({ gradientRatio }) => gradientRatio > 0)).toBe(true);
    },
    LIVE_TIME,
  );

  it(
    'catch no variant that is right',
    async () => {
      const tried: string[] = [];
      const caught: string[] = [];
      const models = new Set(MODEL_CONTROLS.map(({ model }) => model));
      await run(shortened([...models]), {
        onModel: async (subject, judged, { name }) => {
          const controls = MODEL_CONTROLS.filter(({ model }) => model === name);
          const right = await modelKills(subject, judged, controls);
          tried.push(...controls.map(({ id }) => id));
          caught.push(...controls.filter((each) => !right.survivors.includes(each)).map(({ id }) => id));
        },
      });
      expect(tried.toSorted()).toEqual(MODEL_CONTROLS.map(({ id }) => id).toSorted());
      expect(caught).toEqual([]);
    },
    LIVE_TIME,
  );
});

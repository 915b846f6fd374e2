import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { TrainableLoss } from '../../src/api/trainer.js';
import { evaluateModel } from '../../src/cli/evaluate/evaluate-model.js';
import type { RouterMapping } from '../../src/datasets/column-settings.js';
import { loadTransformer } from '../../src/encoder/load-transformer.js';
import { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import { readRetrieval } from '../../src/evaluation/read-retrieval.js';
import { readJsonFile } from '../../src/files/json/read-json-file.js';
import { CSRLoss } from '../../src/losses/csr-loss.js';
import { SparseMultipleNegativesRankingLoss } from '../../src/losses/sparse-multiple-negatives-ranking-loss.js';
import { pooling } from '../../src/modules/pooling.js';
import { sparseAutoEncoder } from '../../src/modules/sparse-auto-encoder.js';
import { openProgress } from '../../src/progress.js';
import { buildModelData, type ModelData } from '../models/data.js';
import { writeModelData } from '../models/write-data.js';
import { lastLineOf } from '../programs/answer-of.js';
import { BACKBONE, RECIPES, trainOn } from '../quickstart/quickstart.js';
import { idfAware } from '../regularizers/rows.js';

type Metrics = Readonly<Record<string, number>>;

/** The metrics of a trained model by the command `evaluate` and by the reference. */
export interface FamilyMetrics {
  readonly family: string;
  readonly ours: Metrics;
  readonly theirs: Metrics;
}

interface Family {
  readonly model: SparseEncoder;
  /** Default: a SpladeLoss. */
  readonly loss?: TrainableLoss;
  readonly routerMapping?: RouterMapping | undefined;
}

const LATENTS = 512;
const ACTIVE = 32;
const BATCH = 32;

/** An untrained model of each family, made of the backbone. */
const FAMILIES: Readonly<Record<string, (data: ModelData) => Promise<Family>>> = {
  SPLADE: async () => ({ model: await SparseEncoder.load(BACKBONE) }),
  async CSR() {
    const transformer = await loadTransformer(BACKBONE, { transformerTask: 'feature-extraction' });
    const config = z.object({ hidden_size: z.number() });
    const { hidden_size: inputDim } = readJsonFile(join(BACKBONE, 'config.json'), config);
    const model = SparseEncoder.fromModules([
      transformer,
      pooling({ embeddingDimension: inputDim }),
      sparseAutoEncoder({ inputDim, hiddenDim: LATENTS, k: ACTIVE }),
    ]);
    return { model, loss: new CSRLoss(model, { loss: new SparseMultipleNegativesRankingLoss(model) }) };
  },
  async 'inference-free'({ pairs }) {
    const backbone = await SparseEncoder.load(BACKBONE);
    return await idfAware(
      backbone,
      pairs.map(({ positive }) => positive),
    );
  },
};

export interface FamiliesOptions {
  readonly python: string;
  /** Steps of each training. */
  readonly steps: number;
  /** An empty folder for the models and the task. */
  readonly folder: string;
}

/** Trains a model of each family, and evaluates it with the command `evaluate` and with the reference's evaluator. */
export async function compareFamilies({ python, steps, folder }: FamiliesOptions): Promise<FamilyMetrics[]> {
  writeModelData(folder);
  const data = buildModelData();
  const task = join(folder, 'retrieval');
  const stored = await readRetrieval(task);
  const bar = openProgress(Object.keys(FAMILIES).length + 1);
  try {
    const measured: { readonly family: string; readonly path: string; readonly ours: Metrics }[] = [];
    for (const [family, make] of Object.entries(FAMILIES)) {
      bar.note(family);
      const { model, loss, routerMapping } = await make(data);
      const recipe = { ...RECIPES.backbone, steps, batch: BATCH };
      await trainOn(model, data.pairs, recipe, [], loss && (() => loss), routerMapping);
      const path = join(folder, family);
      await model.save(path);
      const { metrics } = await evaluateModel(
        family,
        model,
        { name: 'task', task: stored },
        { batchSize: 32 },
      );
      measured.push({ family, path, ours: metrics });
      await model.dispose();
      bar.advance(family);
    }
    bar.note('reference');
    const program = fileURLToPath(new URL('./families.py', import.meta.url));
    const args = ['-B', program, task, ...measured.map(({ path }) => path)];
    const theirs = JSON.parse(await lastLineOf(python, args)) as Metrics[];
    return measured.map(({ family, ours }, at) => ({ family, ours, theirs: theirs[at] ?? {} }));
  } finally {
    bar.stop();
  }
}

import { CompiledLoss, type TrainableLoss, type TrainerCallback } from '../../src/api/trainer.js';
import {
  arrayDataset,
  type SparseEncoder,
  SparseIndex,
  SparseEncoderTrainer,
  type SparseEncoderTrainingArguments,
} from '../../src/index.js';
import type { CaseOutcome } from '../case.js';
import { type ChangeGradients, changeGradients } from './change-gradients.js';
import { ORDER_SEED, type RecipeDataset, retrievalTask, type Row, sourceOf } from './data.js';
import { type Recipe, STEPS } from './recipe.js';
import { numbers, recorder, type Tensors } from './recorder.js';
import type { Subject } from './subject.js';

/** How a wrong variant of the trainer differs, expressed in what the trainer accepts. */
export interface Variation {
  readonly args?: SparseEncoderTrainingArguments;
  /** Callbacks that run after the trainer's own and before the recorder. `losses` are those of all data sets. */
  readonly callbacks?: (losses: readonly TrainableLoss[]) => readonly TrainerCallback[];
  readonly rows?: (right: readonly Row[]) => readonly Row[];
  /** Wraps a data set so that it follows the run; called again for each run. */
  readonly dataset?: (
    right: RecipeDataset,
    recipe: Recipe,
  ) => Promise<{ readonly dataset: RecipeDataset; readonly follow: TrainerCallback }>;
  /** Changes the gradients of each batch, before those of a step are combined. */
  readonly batchGradients?: ChangeGradients;
}

export interface RunOptions {
  readonly steps?: number;
  readonly variation?: Variation;
  /** Whether to measure the trained model with a retrieval task. */
  readonly measured?: boolean;
  /** Called after each step with everything recorded so far; returns whether to stop. */
  readonly until?: (step: number, outcome: CaseOutcome) => boolean;
}

/** Trains a model by a recipe from its start, and returns the same record as reference/training.py. */
export async function ourRun(
  { model, losses, loss, programs, reset }: Subject,
  recipe: Recipe,
  { steps = STEPS, variation = {}, measured = false, until = () => false }: RunOptions = {},
): Promise<CaseOutcome> {
  const { args = {}, callbacks, rows, dataset, batchGradients } = variation;
  const restore = changeGradients(CompiledLoss.prototype, batchGradients);
  try {
    reset();
    const right = sourceOf(recipe, (each) => arrayDataset(rows?.(each) ?? each));
    const wrong = await dataset?.(right as RecipeDataset, recipe);
    const all = losses.map(([, each]) => each);
    const tensors: Tensors = new Map();
    const outcome = { componentNames: [] as string[], tensors };
    const trainer = new SparseEncoderTrainer({
      model,
      args: {
        ...recipe.args,
        maxSteps: steps,
        dataSeed: ORDER_SEED,
        saveStrategy: 'no',
        loggingSteps: 1,
        ...args,
      },
      trainDataset: wrong?.dataset ?? right,
      loss,
      callbacks: [
        ...(wrong === undefined ? [] : [wrong.follow]),
        ...(callbacks?.(all) ?? []),
        recorder(recipe, all, outcome, { steps, until }),
      ],
    });
    trainer.programs = programs;
    await trainer.train();
    if (measured) tensors.set(`ndcg/${steps}`, numbers([await ndcgOf(model)], []));
    return outcome;
  } catch (error) {
    const { name: type, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { type, message }, componentNames: [], tensors: new Map() };
  } finally {
    restore();
  }
}

/** The mean nDCG@10 over all orders of documents with equal scores, as in reference/training.py. */
async function ndcgOf(model: SparseEncoder): Promise<number> {
  const task = retrievalTask();
  const documents = SparseIndex.fromMatrix(
    await model.encodeDocument(task.documents, { showProgressBar: false }),
  );
  const queries = await model.encodeQuery(task.queries, { showProgressBar: false });
  const gains = documents.search(queries, task.documents.length).map((hits, query) => {
    const [relevant = -1] = task.relevant[query] ?? [];
    const scores = Array.from(hits.scores);
    const own = scores[Array.from(hits.documents).indexOf(relevant)] ?? 0;
    const above = scores.filter((score) => score > own).length;
    const tied = scores.filter((score) => score === own).length;
    const places = Array.from({ length: tied }, (_, place) => above + place).filter((place) => place < 10);
    return places.reduce((sum, place) => sum + 1 / Math.log2(place + 2), 0) / tied;
  });
  return gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

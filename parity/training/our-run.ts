import {
  CompiledLoss,
  retrievalEvaluator,
  type TrainableLoss,
  type TrainerCallback,
} from '../../src/api/trainer.js';
import {
  arrayDataset,
  type SparseEncoder,
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

async function ndcgOf(model: SparseEncoder): Promise<number> {
  const evaluator = retrievalEvaluator(retrievalTask());
  return (await evaluator.evaluate(model))[evaluator.primaryMetric] ?? Number.NaN;
}

import { collateBatch } from '../datasets/collate.js';
import type { TrainingData } from '../datasets/training-data-options.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { GroupGradients } from './group-gradients.js';
import { lossFor, type TrainerLoss } from './losses.js';

interface LossEvaluation {
  readonly model: SparseEncoder;
  readonly loss: TrainerLoss;
  readonly data: TrainingData;
  readonly gradients: GroupGradients;
}

/** The loss and its components over all rows of the data sets, each batch by its number of rows; without dropout. */
export async function evaluateLoss(task: LossEvaluation): Promise<Record<string, number>> {
  const { model, loss, data, gradients } = task;
  const sums: Record<string, number> = {};
  let rows = 0;
  const mode = model.mode;
  model.mode = 'eval';
  try {
    for await (const each of data.batches(0)) {
      const batch = await collateBatch(model, each);
      try {
        const own = lossFor(loss, each.dataset);
        const { loss: value, components } = await gradients.compiled(own).value(batch);
        rows += each.size;
        for (const [name, part] of Object.entries({ loss: value, ...components })) {
          sums[name] = (sums[name] ?? 0) + part * each.size;
        }
      } finally {
        batch.dispose();
      }
    }
  } finally {
    model.mode = mode;
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / rows]));
}

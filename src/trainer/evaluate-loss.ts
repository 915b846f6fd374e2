import type { TrainingData } from '../datasets/training-data-options.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { GroupGradients } from './group-gradients.js';
import { loggedName, lossFor, type TrainerLoss } from './losses.js';

interface LossEvaluation {
  readonly model: SparseEncoder;
  readonly loss: TrainerLoss;
  readonly data: TrainingData;
  readonly gradients: GroupGradients;
}

/**
 * The loss and its components over all rows of the data sets, without dropout. Each batch is weighted by its number of rows.
 * If each data set has its own loss, each of these losses is returned too.
 */
export async function evaluateLoss(task: LossEvaluation): Promise<Record<string, number>> {
  const { model, loss, data, gradients } = task;
  const sums = new Map<string, { sum: number; rows: number }>();
  const add = (name: string, value: number, rows: number): void => {
    const before = sums.get(name) ?? { sum: 0, rows: 0 };
    sums.set(name, { sum: before.sum + value * rows, rows: before.rows + rows });
  };
  const mode = model.mode;
  model.mode = 'eval';
  try {
    for await (const each of data.batches(0)) {
      const own = lossFor(loss, each.dataset);
      const batch = await gradients.collate(each, own);
      try {
        const { loss: value, components } = await gradients.compiled(own).value(batch);
        add('loss', value, each.size);
        const logged = (name: string): string => loggedName(loss, each.dataset, name);
        if (logged('loss') !== 'loss') add(logged('loss'), value, each.size);
        for (const [name, part] of Object.entries(components)) add(logged(name), part, each.size);
      } finally {
        batch.dispose();
      }
    }
  } finally {
    model.mode = mode;
  }
  return Object.fromEntries([...sums].map(([name, { sum, rows }]) => [name, sum / rows]));
}

import { type Activity, meanActivity } from '../training/activity.js';
import type { LossNumbers } from '../training/loss-and-gradients.js';
import { loggedName, type TrainableLoss, type TrainerLoss } from './losses.js';

/** The loss values of a step. If each data set has its own loss, component names begin with the data set's name. */
export interface GroupNumbers extends LossNumbers {
  /** The sparsity of the embeddings of each loss's batches. */
  readonly activities: ReadonlyMap<TrainableLoss, Activity>;
}

/** The loss values for some batches of a step. */
export interface PartNumbers {
  readonly loss: TrainableLoss;
  readonly dataset: string | undefined;
  /** Its weight in the step. */
  readonly weight: number;
  readonly numbers: LossNumbers;
}

/** The weighted means over the parts of a step. A component's mean covers only the parts that have it. */
export function numbersOf(losses: TrainerLoss, parts: readonly PartNumbers[]): GroupNumbers {
  const components = new Map<string, { sum: number; weight: number }>();
  const measured = new Map<TrainableLoss, { activity: Activity; weight: number }[]>();
  let loss = 0;
  for (const part of parts) {
    const { numbers, weight } = part;
    loss += weight * numbers.loss;
    for (const [name, value] of Object.entries(numbers.components)) {
      const logged = loggedName(losses, part.dataset, name);
      const before = components.get(logged) ?? { sum: 0, weight: 0 };
      components.set(logged, { sum: before.sum + weight * value, weight: before.weight + weight });
    }
    const { activity } = numbers;
    if (activity === undefined) continue;
    measured.set(part.loss, [...(measured.get(part.loss) ?? []), { activity, weight }]);
  }
  const all = [...measured.values()].flat();
  return {
    loss,
    components: Object.fromEntries([...components].map(([name, { sum, weight }]) => [name, sum / weight])),
    ...(all.length > 0 && { activity: meanActivity(all) }),
    activities: new Map([...measured].map(([each, own]) => [each, meanActivity(own)])),
  };
}

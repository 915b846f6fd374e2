import type { LossNumbers } from '../training/loss-and-gradients.js';

/** Sums of the losses since the last entry of the log. */
export interface LossSums {
  readonly loss: number;
  readonly components: Readonly<Record<string, number>>;
  /** The sparsity of embeddings. */
  readonly activity: Readonly<Record<string, number>>;
  readonly steps: number;
  /** The number of steps that had each component. */
  readonly counts: Readonly<Record<string, number>>;
  /** The losses of all steps of the run. */
  readonly total: number;
}

const NOTHING = { loss: 0, components: {}, activity: {}, steps: 0, counts: {} } as const;

/** Averages the losses over the steps between two log entries. A component is averaged over the steps that had it. */
export class RunningMean {
  #sums: LossSums = { ...NOTHING, total: 0 };

  get sums(): LossSums {
    return this.#sums;
  }

  load(sums: LossSums): void {
    this.#sums = sums;
  }

  add({ loss, components, activity }: LossNumbers): void {
    const sums = this.#sums;
    this.#sums = {
      loss: sums.loss + loss,
      components: added(sums.components, components),
      activity: added(sums.activity, activity ?? {}),
      steps: sums.steps + 1,
      counts: added(sums.counts, Object.fromEntries(Object.keys(components).map((name) => [name, 1]))),
      total: sums.total + loss,
    };
  }

  /** The means since the last call: the loss and, if there are several, its components. */
  take(): Record<string, number> {
    const { loss, components, activity, steps, counts, total } = this.#sums;
    this.#sums = { ...NOTHING, total };
    const parts = Object.entries(components);
    return {
      loss: loss / steps,
      ...(parts.length > 1 &&
        Object.fromEntries(parts.map(([name, sum]) => [name, sum / (counts[name] ?? steps)]))),
      ...Object.fromEntries(Object.entries(activity).map(([name, sum]) => [name, sum / steps])),
    };
  }
}

function added(
  sums: Readonly<Record<string, number>>,
  values: Readonly<Record<string, number>>,
): Record<string, number> {
  const result = { ...sums };
  for (const [name, value] of Object.entries(values)) result[name] = (result[name] ?? 0) + value;
  return result;
}

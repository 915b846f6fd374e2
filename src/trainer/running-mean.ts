import type { LossNumbers } from '../training/loss-and-gradients.js';

/** Sums of the losses since the last entry of the log. */
export interface LossSums {
  readonly loss: number;
  readonly components: Readonly<Record<string, number>>;
  readonly steps: number;
  /** The losses of all steps of the run. */
  readonly total: number;
}

/** Losses of steps, averaged over those between two entries of the log. */
export class RunningMean {
  #sums: LossSums = { loss: 0, components: {}, steps: 0, total: 0 };

  get sums(): LossSums {
    return this.#sums;
  }

  load(sums: LossSums): void {
    this.#sums = sums;
  }

  add({ loss, components }: LossNumbers): void {
    const sums = { ...this.#sums.components };
    for (const [name, value] of Object.entries(components)) sums[name] = (sums[name] ?? 0) + value;
    const { steps, total } = this.#sums;
    this.#sums = { loss: this.#sums.loss + loss, components: sums, steps: steps + 1, total: total + loss };
  }

  /** The means since they were taken before: of the loss and, where there are several, of its components. */
  take(): Record<string, number> {
    const { loss, components, steps, total } = this.#sums;
    this.#sums = { loss: 0, components: {}, steps: 0, total };
    const parts = Object.entries(components);
    return {
      loss: loss / steps,
      ...(parts.length > 1 && Object.fromEntries(parts.map(([name, sum]) => [name, sum / steps]))),
    };
  }
}

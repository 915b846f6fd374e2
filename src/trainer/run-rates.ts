import type { Evaluator } from '../evaluators/evaluator.js';
import type { BoundOptimizer } from '../training/bound-optimizer.js';
import type { Schedule } from '../training/learning-rates.js';
import type { ReduceLrOnPlateau } from '../training/reduce-lr-on-plateau.js';
import type { LogEntry } from './callbacks.js';
import { comparedMetric, metricIn } from './compared-metric.js';
import type { SavedState } from './saved-state.js';
import { plateauOf, scheduleOf } from './scheduler-types.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** The learning rates of a run. They follow a schedule of steps, or the gains of evaluations. */
export class RunRates {
  readonly #args: ResolvedTrainingArguments;
  readonly #evaluator: Evaluator | undefined;
  readonly #schedule: Schedule | undefined;
  readonly #plateau: ReduceLrOnPlateau | undefined;
  /** The learning rate of the arguments. Parameters without their own rate use it. */
  readonly #base: { learningRate: number };
  #baseRates: readonly number[] = [];

  constructor(args: ResolvedTrainingArguments, evaluator: Evaluator | undefined, maxSteps: number) {
    this.#args = args;
    this.#evaluator = evaluator;
    this.#base = { learningRate: args.learningRate };
    this.#plateau = plateauOf(args, comparedMetric(args, evaluator));
    this.#schedule = scheduleOf(args, maxSteps);
  }

  /** The learning rate of the last step, for the log. */
  get learningRate(): number {
    return this.#base.learningRate;
  }

  /** Stores the rates that the optimizer begins with. */
  begin({ groups }: BoundOptimizer): void {
    this.#baseRates = groups.map(({ learningRate }) => learningRate);
  }

  /** Sets the rates for a step, counted from 0. */
  set({ groups }: BoundOptimizer, step: number): void {
    if (this.#schedule === undefined) return;
    const factor = this.#schedule(step);
    groups.forEach((group, index) => {
      group.learningRate = (this.#baseRates[index] ?? 0) * factor;
    });
    this.#base.learningRate = this.#args.learningRate * factor;
  }

  /** @throws UsageError if the evaluation lacks the metric that compares models */
  evaluated({ groups }: BoundOptimizer, metrics: LogEntry): void {
    if (this.#plateau === undefined) return;
    this.#plateau.step(metricIn(metrics, comparedMetric(this.#args, this.#evaluator)), [
      this.#base,
      ...groups,
    ]);
  }

  /** The state for a checkpoint; null if the rates depend only on the step. */
  state({ names, groups }: BoundOptimizer): SavedState['plateau'] {
    if (this.#plateau === undefined) return null;
    const rates: Record<string, number> = {};
    for (const [index, name] of names.entries()) rates[name] = groups[index]?.learningRate ?? 0;
    return { ...this.#plateau.state(), base: this.#base.learningRate, rates };
  }

  load({ names, groups }: BoundOptimizer, saved: SavedState['plateau']): void {
    if (this.#plateau === undefined || saved === null) return;
    this.#plateau.load(saved);
    this.#base.learningRate = saved.base;
    groups.forEach((group, index) => {
      group.learningRate = saved.rates[names[index] ?? ''] ?? group.learningRate;
    });
  }
}

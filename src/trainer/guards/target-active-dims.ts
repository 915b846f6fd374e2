import { isObject } from '../../arguments.js';
import { InputError, OptionError } from '../../errors.js';
import type { SpladeLoss } from '../../losses/splade-loss.js';
import type { CallbackContext, TrainerCallback } from '../callbacks.js';
import type { SpladeRegularizerWeightSchedulerCallback } from '../regularizer-schedule.js';
import type { TargetActiveDims } from './target.js';

const SIDES = ['query', 'document'] as const;
/** How far one step moves the logarithm of a weight, per unit of the logarithm of the excess. */
const RATE = 0.2;
/** How strongly the change of that logarithm moves the weight. It slows a weight whose dimensions already fall, so the weight does not oscillate. */
const TREND = 2;
/** The largest change of the logarithm of a weight in one step. */
const MOST = 0.2;
/** The largest excess that counts. It stops the weight from rising further while the dimensions fall fast enough. */
const MOST_EXCESS = 0.5;
/** The weight of the current step in the running mean of active dimensions. */
const SHARE = 0.2;

/**
 * Steers the weights of a SpladeLoss's regularizers towards a number of active dimensions: after the warm-up of the
 * schedule, each step multiplies a weight by
 *
 *     exp(clip(0.2 clip(ln(mean / target), 0.5) + 2 ln(mean / mean before), 0.2)), clip(x, m) = min(m, max(-m, x))
 *
 * where `mean` is a running mean of the active dimensions: 0.8 of the previous mean plus 0.2 of the step's value. The first
 * term vanishes only at the target. The second term holds the weight while the dimensions already change by 5 % a step. The
 * log has both the weights and the active dimensions. This callback runs after the schedule, and scales its weights.
 */
export class TargetActiveDimsCallback implements TrainerCallback {
  readonly name = 'TargetActiveDimsCallback';
  readonly #loss: SpladeLoss;
  readonly #target: TargetActiveDims;
  readonly #schedule: SpladeRegularizerWeightSchedulerCallback;
  #factors: Record<string, number> = { query: 1, document: 1 };
  #means: Record<string, number> = {};

  constructor(schedule: SpladeRegularizerWeightSchedulerCallback, target: TargetActiveDims) {
    this.#loss = schedule.loss;
    this.#schedule = schedule;
    this.#target = target;
  }

  onStepBegin = (): void => {
    this.#loss.documentRegularizerWeight *= this.#factors['document'] ?? 1;
    const query = this.#loss.queryRegularizerWeight;
    if (query !== null) this.#loss.queryRegularizerWeight = query * (this.#factors['query'] ?? 1);
  };

  onStepEnd = ({ state, step }: CallbackContext): void => {
    const activity = step?.activities.get(this.#loss);
    if (activity === undefined) return;
    const isWarm = this.#schedule.hasFullWeights(state);
    for (const side of SIDES) {
      const measured = activity[`${side}_active_dims`];
      const before = this.#means[side] ?? measured;
      const mean = (1 - SHARE) * before + SHARE * measured;
      this.#means[side] = mean;
      const target = this.#target[side];
      if (!isWarm || target === undefined) continue;
      const growth = excess(mean, target) - excess(before, target);
      const change = RATE * within(MOST_EXCESS, excess(mean, target)) + TREND * growth;
      this.#factors[side] = (this.#factors[side] ?? 1) * Math.exp(within(MOST, change));
    }
  };

  state = (): unknown => ({ factors: this.#factors, means: this.#means });

  load = (state: unknown): void => {
    const { factors, means } = (state ?? {}) as {
      factors?: Record<string, number>;
      means?: Record<string, number>;
    };
    if (!isObject(factors) || !isObject(means)) {
      throw new InputError('the state of TargetActiveDimsCallback has no factors and means');
    }
    this.#factors = { ...factors };
    this.#means = { ...means };
  };
}

const within = (most: number, value: number): number => Math.min(most, Math.max(-most, value));

/** The logarithm of dims / target. A model without active dimensions counts as having a thousandth of one. */
const excess = (dims: number, target: number): number => Math.log(Math.max(dims, 1e-3) / target);

/**
 * Makes the callback that steers each SpladeLoss.
 *
 * @throws OptionError if there is no SpladeLoss, or if a weight to steer is 0 or null
 */
export function steering(
  schedules: readonly SpladeRegularizerWeightSchedulerCallback[],
  target: TargetActiveDims,
): TargetActiveDimsCallback[] {
  const refuse = (problem: string): never => {
    throw new OptionError(`the training arguments: targetActiveDims ${problem}`);
  };
  if (schedules.length === 0) refuse('needs a SpladeLoss, whose regularizer weights it steers');
  return schedules.map((schedule) => {
    for (const side of SIDES) {
      const weight = schedule.loss[`${side}RegularizerWeight`];
      if (target[side] === undefined || (weight !== null && weight > 0)) continue;
      refuse(`has ${side}, but ${side}RegularizerWeight is ${weight}; the weight must start above 0`);
    }
    return new TargetActiveDimsCallback(schedule, target);
  });
}

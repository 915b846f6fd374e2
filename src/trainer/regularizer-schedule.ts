import { checkArguments } from '../arguments.js';
import { OptionError } from '../errors.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { numberAbove, oneOf, type OptionRules, resolveOptions } from '../options.js';
import type { CallbackContext, TrainerCallback, TrainerState } from './callbacks.js';
import { loggedName, lossesIn } from './losses.js';

export const REGULARIZER_SCHEDULES = {
  linear: (progress: number) => progress,
  quadratic: (progress: number) => progress ** 2,
} as const;

export interface RegularizerScheduleOptions {
  readonly schedulerType?: keyof typeof REGULARIZER_SCHEDULES;
  /** The share of all steps in which the weights rise. */
  readonly warmupRatio?: number;
}

const RULES: OptionRules<Required<RegularizerScheduleOptions>> = {
  schedulerType: oneOf(['quadratic', 'linear'], 'quadratic'),
  warmupRatio: {
    ...numberAbove(0, 1 / 3),
    expects: 'a number above 0, and 1 at most',
    accepts: (value) => typeof value === 'number' && value > 0 && value <= 1,
  },
};

const STATE = {
  state: {
    expects: "a trainer's state, an object with the numbers globalStep and maxSteps",
    accepts: (value: unknown) => {
      const { globalStep, maxSteps } = Object(value) as Partial<TrainerState>;
      return typeof globalStep === 'number' && typeof maxSteps === 'number';
    },
  },
};

/** The number of steps until the weights reach their full values. */
export const regularizerWarmup = (maxSteps: number, warmupRatio: number): number =>
  Math.max(1, Math.trunc(maxSteps * warmupRatio));

/**
 * Raises the weights of a SpladeLoss's regularizers from 0 to their full values. A model that is regularized with full
 * weight from the first step can end without any active dimension.
 *
 *     weight(step) = maximum (step / W)^2 (quadratic) or maximum step / W (linear) for step < W, then the maximum,
 *     W = max(1, floor(maxSteps warmupRatio))
 *
 * The trainer adds one for each SpladeLoss that has none.
 */
export class SpladeRegularizerWeightSchedulerCallback implements TrainerCallback {
  readonly name = 'SpladeRegularizerWeightSchedulerCallback';
  readonly loss: SpladeLoss;
  readonly schedulerType: keyof typeof REGULARIZER_SCHEDULES;
  readonly warmupRatio: number;
  readonly #document: number;
  readonly #query: number | null;

  /** @throws OptionError if the loss is not a SpladeLoss, or an option is out of range */
  constructor(loss: SpladeLoss, options: RegularizerScheduleOptions = {}) {
    if (!(loss instanceof SpladeLoss)) {
      throw new OptionError(
        'SpladeRegularizerWeightSchedulerCallback needs a SpladeLoss, whose weights it raises',
      );
    }
    const resolved = resolveOptions('SpladeRegularizerWeightSchedulerCallback', RULES, options);
    this.loss = loss;
    this.schedulerType = resolved.schedulerType;
    this.warmupRatio = resolved.warmupRatio;
    this.#document = loss.documentRegularizerWeight;
    this.#query = loss.queryRegularizerWeight;
  }

  /**
   * Whether the step that has just ended had the full weights, because they had risen or because they are 0.
   *
   * @throws InputError if the state has no globalStep or no maxSteps
   */
  hasFullWeights(state: TrainerState): boolean {
    checkArguments('hasFullWeights', STATE, { state });
    const { globalStep, maxSteps } = state;
    const isUnused = this.#document === 0 && (this.#query ?? 0) === 0;
    return isUnused || globalStep > regularizerWarmup(maxSteps, this.warmupRatio);
  }

  onStepBegin = ({ state }: CallbackContext): void => {
    const warmup = regularizerWarmup(state.maxSteps, this.warmupRatio);
    const factor =
      state.globalStep < warmup ? REGULARIZER_SCHEDULES[this.schedulerType](state.globalStep / warmup) : 1;
    this.loss.documentRegularizerWeight = this.#document * factor;
    if (this.#query !== null) this.loss.queryRegularizerWeight = this.#query * factor;
  };

  onLog = ({ logs, loss }: CallbackContext): void => {
    // The last entry sums up the whole run. Only entries of a step have weights.
    if (logs === undefined || 'train_runtime' in logs) return;
    for (const [dataset, each] of lossesIn(loss)) {
      if (each !== this.loss) continue;
      const log = (name: string, weight: number): void =>
        void (logs[loggedName(loss, dataset, name)] = weight);
      log('document_regularizer_weight', this.loss.documentRegularizerWeight);
      if (this.#query !== null) log('query_regularizer_weight', this.loss.queryRegularizerWeight ?? 0);
    }
  };

  onTrainEnd = (): void => {
    this.loss.documentRegularizerWeight = this.#document;
    this.loss.queryRegularizerWeight = this.#query;
  };
}

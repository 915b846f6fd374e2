import { InputError, UsageError } from '../errors.js';
import { countFrom, numberFrom, type OptionRules, resolveOptions } from '../options.js';
import type { CallbackContext, TrainerCallback } from './callbacks.js';
import { gainOf } from './compared-metric.js';

export interface EarlyStoppingOptions {
  /** Training ends after this many evaluations in a row without a gain. Default 1. */
  readonly earlyStoppingPatience?: number;
  /** The smallest improvement of the metric that counts as a gain. Default 0. */
  readonly earlyStoppingThreshold?: number;
}

const RULES: OptionRules<Required<EarlyStoppingOptions>> = {
  earlyStoppingPatience: countFrom(1, 1),
  earlyStoppingThreshold: numberFrom(0, 0),
};

/**
 * Ends training when the metric that compares models has not improved for some evaluations.
 *
 *     callbacks: [new EarlyStoppingCallback({ earlyStoppingPatience: 3 })];
 */
export class EarlyStoppingCallback implements TrainerCallback {
  readonly name = 'EarlyStoppingCallback';
  readonly patience: number;
  readonly threshold: number;
  #withoutGain = 0;

  /** @throws OptionError for options that are unknown or out of range */
  constructor(options: EarlyStoppingOptions = {}) {
    const resolved = resolveOptions('EarlyStoppingCallback', RULES, options);
    this.patience = resolved.earlyStoppingPatience;
    this.threshold = resolved.earlyStoppingThreshold;
  }

  onTrainBegin = ({ args }: CallbackContext): void => {
    if (args.evalStrategy === 'no') {
      throw new UsageError('EarlyStoppingCallback needs an evalStrategy of "steps" or "epoch"');
    }
  };

  onEvaluate = ({ args, state, metrics = {}, comparedMetric = '', control }: CallbackContext): void => {
    const value = metrics[comparedMetric];
    if (value === undefined) return;
    const gain = state.bestMetric === null ? Infinity : gainOf(args, comparedMetric, value, state.bestMetric);
    this.#withoutGain = gain > this.threshold ? 0 : this.#withoutGain + 1;
    if (this.#withoutGain >= this.patience) control.shouldTrainingStop = true;
  };

  state = (): number => this.#withoutGain;

  load = (state: unknown): void => {
    if (!Number.isSafeInteger(state)) {
      throw new InputError('the state of EarlyStoppingCallback is not a whole number');
    }
    this.#withoutGain = state as number;
  };
}

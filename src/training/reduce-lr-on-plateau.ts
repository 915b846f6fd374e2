import { anObject, type ArgumentRule, checkArguments, isObject, listOf } from '../arguments.js';
import {
  countFrom,
  number,
  numberAbove,
  numberFrom,
  oneOf,
  type OptionRules,
  resolveOptions,
} from '../options.js';
import type { Group } from './optimizer-options.js';

export interface PlateauOptions {
  /** Whether the metric should fall (`min`) or rise (`max`). Default `min`. */
  readonly mode?: 'min' | 'max';
  /** The factor for the learning rates. Default 0.1. */
  readonly factor?: number;
  /** How many evaluations without an improvement are tolerated before the rates fall. Default 10. */
  readonly patience?: number;
  /** The smallest change that counts as an improvement: a share of the best metric, or with `abs` a difference. Default 1e-4. */
  readonly threshold?: number;
  /** Default `rel`. */
  readonly thresholdMode?: 'rel' | 'abs';
  /** How many evaluations after a reduction are not counted. Default 0. */
  readonly cooldown?: number;
  /** The smallest learning rate. Default 0. */
  readonly minLr?: number;
  /** Reductions of at most this size are not made. Default 1e-8. */
  readonly eps?: number;
}

/** The state after the evaluations so far, as plain data. */
export interface PlateauState {
  /** null before the first evaluation. */
  readonly best: number | null;
  /** The number of evaluations in a row without an improvement. */
  readonly bad: number;
  /** How many of the next evaluations are not counted. */
  readonly cooldown: number;
}

export const PLATEAU_RULES: OptionRules<Required<PlateauOptions>> = {
  mode: oneOf(['min', 'max'], 'min'),
  factor: {
    ...numberAbove(0, 0.1),
    expects: 'a number above 0 and below 1',
    accepts: (value) => typeof value === 'number' && value > 0 && value < 1,
  },
  patience: countFrom(0, 10),
  threshold: number(1e-4),
  thresholdMode: oneOf(['rel', 'abs'], 'rel'),
  cooldown: countFrom(0, 0),
  minLr: numberFrom(0, 0),
  eps: numberFrom(0, 1e-8),
};

const GROUPS = listOf(
  'a list of groups { learningRate }',
  (value) => isObject(value) && 'learningRate' in value && typeof value.learningRate === 'number',
);
/** A NaN is accepted, and is never an improvement. */
const METRIC: ArgumentRule = { expects: 'a number', accepts: (value) => typeof value === 'number' };
const STATE: ArgumentRule = anObject('an object { best, bad, cooldown }');
const COUNTS: ArgumentRule = {
  expects: 'whole numbers of at least 0',
  accepts: (value) =>
    Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && (each as number) >= 0),
};
const BEST: ArgumentRule = {
  expects: 'a number or null',
  accepts: (value) => value === null || typeof value === 'number',
};

/**
 * Lowers learning rates when a metric stops improving, as torch.optim.lr_scheduler.ReduceLROnPlateau does, which
 * transformers' trainer uses for `reduce_lr_on_plateau`. It has no warm-up.
 *
 *     const plateau = new ReduceLrOnPlateau({ patience: 2, factor: 0.5 });
 *     plateau.step(evaluationLoss, optimizer.groups);
 */
export class ReduceLrOnPlateau {
  readonly #options: Required<PlateauOptions>;
  #state: PlateauState = { best: null, bad: 0, cooldown: 0 };

  /** @throws OptionError for options that are unknown or out of range */
  constructor(options: PlateauOptions = {}) {
    this.#options = resolveOptions('ReduceLrOnPlateau', PLATEAU_RULES, options);
  }

  /**
   * Records the metric of an evaluation, and lowers the learning rates of the groups if it is time.
   *
   * @throws InputError if `metric` is not a number, or `groups` are not groups
   */
  step(metric: number, groups: readonly Pick<Group, 'learningRate'>[]): void {
    checkArguments('ReduceLrOnPlateau.step', { metric: METRIC, groups: GROUPS }, { metric, groups });
    const { patience, cooldown: pause, factor, minLr, eps } = this.#options;
    const { best, bad: before, cooldown } = this.#state;
    const isBetter = this.#isBetter(metric, best);
    // During the cooldown, no evaluation counts as bad.
    const bad = isBetter || cooldown > 0 ? 0 : before + 1;
    const isTime = bad > patience;
    this.#state = {
      best: isBetter ? metric : best,
      bad: isTime ? 0 : bad,
      cooldown: isTime ? pause : Math.max(0, cooldown - 1),
    };
    if (!isTime) return;
    for (const group of groups) {
      const lower = Math.max(group.learningRate * factor, minLr);
      if (group.learningRate - lower > eps) group.learningRate = lower;
    }
  }

  state(): PlateauState {
    return { ...this.#state };
  }

  /** @throws InputError if the value is not a state */
  load(state: PlateauState): void {
    checkArguments('ReduceLrOnPlateau.load', { state: STATE }, { state });
    const { best, bad, cooldown } = state;
    checkArguments(
      'ReduceLrOnPlateau.load',
      { best: BEST, counts: COUNTS },
      { best, counts: [bad, cooldown] },
    );
    this.#state = { best, bad, cooldown };
  }

  #isBetter(metric: number, best: number | null): boolean {
    if (best === null) return !Number.isNaN(metric);
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === 'min' ? -1 : 1;
    const bar = thresholdMode === 'rel' ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === 'min' ? metric < bar : metric > bar;
  }
}

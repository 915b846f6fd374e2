import { flag, nullable, number, numberAbove, type OptionRule, type OptionRules } from '../options.js';

/** The options that the parameters of a group share. */
export interface Group {
  /** Not read-only, because schedules change it during training. */
  learningRate: number;
  weightDecay: number;
}

/** The options that every optimizer has. */
interface CommonOptions {
  /** Default 1e-3. */
  learningRate?: number;
  weightDecay?: number;
  /** If the norm of all gradients together is larger than this, they are scaled down to it. Default null: never. */
  maxGradientNorm?: number | null;
}

export interface AdamWOptions extends CommonOptions {
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  epsilon?: number;
  /** Default 0.01. */
  weightDecay?: number;
}

/** Weight decay is 0 by default. */
export type AdafactorOptions = CommonOptions;

/** Weight decay is 0 by default. */
export interface SgdOptions extends CommonOptions {
  /** The share of the earlier sum of gradients that is kept. Default 0. */
  momentum?: number;
  /** The share of a gradient that does not enter the momentum. Default 0. */
  dampening?: number;
  /** Whether the step looks ahead by the momentum. Default false. */
  nesterov?: boolean;
}

const atLeast0 = (fallback: number): OptionRule<number> => ({
  ...number(fallback),
  expects: 'a number of at least 0',
  accepts: (value) => typeof value === 'number' && value >= 0,
});

export const groupRules = (weightDecay: number): OptionRules<Group> => ({
  learningRate: atLeast0(1e-3),
  weightDecay: atLeast0(weightDecay),
});

const MAX_NORM: OptionRule<number | null> = nullable({
  ...numberAbove(0),
  expects: 'a number above 0',
  accepts: (value) => typeof value === 'number' && value > 0,
});

export const ADAMW_RULES: OptionRules<Required<AdamWOptions>> = {
  ...groupRules(0.01),
  betas: {
    default: [0.9, 0.999],
    expects: 'two numbers from 0 to below 1',
    accepts: (value) =>
      Array.isArray(value) &&
      value.length === 2 &&
      value.every((beta) => typeof beta === 'number' && beta >= 0 && beta < 1),
  },
  epsilon: atLeast0(1e-8),
  maxGradientNorm: MAX_NORM,
};

export const ADAFACTOR_RULES: OptionRules<Required<AdafactorOptions>> = {
  ...groupRules(0),
  maxGradientNorm: MAX_NORM,
};

/** The options that only SGD has. */
export const MOMENTUM_RULES: OptionRules<Required<Pick<SgdOptions, 'momentum' | 'dampening' | 'nesterov'>>> =
  {
    momentum: atLeast0(0),
    dampening: number(0),
    nesterov: flag(false),
  };

export const SGD_RULES: OptionRules<Required<SgdOptions>> = { ...ADAFACTOR_RULES, ...MOMENTUM_RULES };

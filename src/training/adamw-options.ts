import { nullable, number, numberAbove, type OptionRule, type OptionRules } from '../options.js';

export interface AdamWOptions {
  /** Default 1e-3. */
  learningRate?: number;
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  epsilon?: number;
  /** Default 0.01. */
  weightDecay?: number;
  /** Gradients whose norm, of all together, is larger are scaled down to it. Default null: never. */
  maxGradientNorm?: number | null;
}

/** What parameters of a group have in common. */
export interface Group {
  /** Not read-only: schedules change it while training. */
  learningRate: number;
  weightDecay: number;
}

const atLeast0 = (fallback: number): OptionRule<number> => ({
  ...number(fallback),
  expects: 'a number of at least 0',
  accepts: (value) => typeof value === 'number' && value >= 0,
});

export const GROUP_RULES: OptionRules<Group> = { learningRate: atLeast0(1e-3), weightDecay: atLeast0(0.01) };

export const RULES: OptionRules<Required<AdamWOptions>> = {
  ...GROUP_RULES,
  betas: {
    default: [0.9, 0.999],
    expects: 'two numbers from 0 to below 1',
    accepts: (value) =>
      Array.isArray(value) &&
      value.length === 2 &&
      value.every((beta) => typeof beta === 'number' && beta >= 0 && beta < 1),
  },
  epsilon: atLeast0(1e-8),
  maxGradientNorm: nullable({
    ...numberAbove(0),
    expects: 'a number above 0',
    accepts: (value) => typeof value === 'number' && value > 0,
  }),
};

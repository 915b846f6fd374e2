import {
  learningRateSchedule,
  type Schedule,
  SCHEDULE_NAMES,
  warmupStepsOf,
} from '../training/learning-rates.js';
import { ReduceLrOnPlateau } from '../training/reduce-lr-on-plateau.js';
import { isGreaterBetter } from './compared-metric.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** What follows the gains of evaluations, not the step. */
export const PLATEAU = 'reduce_lr_on_plateau';
export const SCHEDULER_TYPES = [...SCHEDULE_NAMES, PLATEAU] as const;
export type SchedulerType = (typeof SCHEDULER_TYPES)[number];

/** The schedule of a run of so many steps; undefined where evaluations decide the rates. */
export function scheduleOf(args: ResolvedTrainingArguments, maxSteps: number): Schedule | undefined {
  const { lrSchedulerType: type, lrSchedulerKwargs: options, learningRate } = args;
  if (type === PLATEAU) return undefined;
  return learningRateSchedule(type, {
    warmupSteps: warmupStepsOf(args.warmupSteps, maxSteps),
    totalSteps: maxSteps,
    learningRate,
    options,
  });
}

/**
 * What lowers the rates when evaluations gain nothing; undefined where the steps decide them.
 *
 * @param metric the name of the metric that counts: whether more of it is better decides the default of `mode`, where
 *   transformers takes `min` whatever the metric is
 */
export function plateauOf(args: ResolvedTrainingArguments, metric: string): ReduceLrOnPlateau | undefined {
  if (args.lrSchedulerType !== PLATEAU) return undefined;
  const mode = isGreaterBetter(args, metric) ? 'max' : 'min';
  return new ReduceLrOnPlateau({ mode, ...args.lrSchedulerKwargs });
}

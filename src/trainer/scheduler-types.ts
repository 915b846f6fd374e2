import {
  learningRateSchedule,
  type Schedule,
  SCHEDULE_NAMES,
  warmupStepsOf,
} from '../training/learning-rates.js';
import { ReduceLrOnPlateau } from '../training/reduce-lr-on-plateau.js';
import { isGreaterBetter } from './compared-metric.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** This scheduler follows the gains of evaluations, not the step. */
export const PLATEAU = 'reduce_lr_on_plateau';
export const SCHEDULER_TYPES = [...SCHEDULE_NAMES, PLATEAU] as const;
export type SchedulerType = (typeof SCHEDULER_TYPES)[number];

/** The schedule of a run with this many steps; undefined if the rates follow evaluations. */
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
 * Makes the scheduler that lowers the rates when evaluations stop improving; undefined if the rates depend only on the step.
 *
 * @param metric the name of the metric to follow. The default of `mode` depends on whether a higher value of it is better;
 *   transformers always uses `min`
 */
export function plateauOf(args: ResolvedTrainingArguments, metric: string): ReduceLrOnPlateau | undefined {
  if (args.lrSchedulerType !== PLATEAU) return undefined;
  const mode = isGreaterBetter(args, metric) ? 'max' : 'min';
  return new ReduceLrOnPlateau({ mode, ...args.lrSchedulerKwargs });
}

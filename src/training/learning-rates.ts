import { InputError } from '../errors.js';

/** What a schedule depends on. */
export interface ScheduleLength {
  /** Steps in which the learning rate rises. */
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/** What the learning rate of a step, counted from 0, is multiplied by. */
export type Schedule = (step: number) => number;

const share = (done: number, of: number): number => done / Math.max(1, of);

/** Rises from 0 over the warm-up, then follows `after`, which is given the share of the remaining steps that is done. */
const withWarmup =
  (after: (progress: number) => number) =>
  ({ warmupSteps, totalSteps }: ScheduleLength): Schedule =>
  (step) =>
    step < warmupSteps
      ? share(step, warmupSteps)
      : Math.max(0, after(share(step - warmupSteps, totalSteps - warmupSteps)));

/** Timescale of `inverse_sqrt` where there is no warm-up. */
const LONG_TIMESCALE = 10_000;

/** Schedules by the names that they have in the reference, each with its default options there. */
export const SCHEDULES = {
  linear: withWarmup((progress) => 1 - progress),
  cosine: withWarmup((progress) => 0.5 * (1 + Math.cos(Math.PI * progress))),
  cosine_with_restarts: withWarmup((progress) =>
    progress >= 1 ? 0 : 0.5 * (1 + Math.cos(Math.PI * (progress % 1))),
  ),
  constant: () => () => 1,
  constant_with_warmup: withWarmup(() => 1),
  inverse_sqrt:
    ({ warmupSteps }: ScheduleLength): Schedule =>
    (step) => {
      if (step < warmupSteps) return share(step, warmupSteps);
      const timescale = warmupSteps || LONG_TIMESCALE;
      return 1 / Math.sqrt((step + timescale - warmupSteps) / timescale);
    },
} as const satisfies Readonly<Record<string, (length: ScheduleLength) => Schedule>>;

export type ScheduleName = keyof typeof SCHEDULES;

export const SCHEDULE_NAMES = Object.keys(SCHEDULES) as ScheduleName[];

/**
 * A schedule of learning rates as a function of the step.
 *
 *     const schedule = learningRateSchedule('linear', { warmupSteps: 100, totalSteps: 1000 });
 *     optimizer.groups.forEach((group) => (group.learningRate = 2e-5 * schedule(optimizer.steps)));
 *
 * @throws InputError for an unknown name
 */
export function learningRateSchedule(name: ScheduleName, length: ScheduleLength): Schedule {
  if (!Object.hasOwn(SCHEDULES, name)) {
    throw new InputError(
      `there is no schedule of learning rates "${name}"; expected one of ${SCHEDULE_NAMES.join(', ')}`,
    );
  }
  return SCHEDULES[name](length);
}

/** Steps of warm-up: a number of steps, or below 1 a share of all steps, rounded up. */
export function warmupStepsOf(warmup: number, totalSteps: number): number {
  return warmup >= 1 ? Math.floor(warmup) : Math.ceil(totalSteps * warmup);
}

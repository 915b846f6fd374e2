import { aNumber, type ArgumentRule, checkArguments } from '../arguments.js';
import { describe } from '../describe.js';
import { OptionError } from '../errors.js';
import {
  countFrom,
  nullable,
  number,
  numberAbove,
  numberFrom,
  oneOf,
  type OptionRules,
  resolveOptions,
} from '../options.js';

/** What every schedule depends on. */
export interface ScheduleLength {
  /** The number of steps in which the learning rate rises. */
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/** The factor for the learning rate at a step, counted from 0. */
export type Schedule = (step: number) => number;

/** Makes a schedule from its options and the learning rate that it starts from. */
type MakeSchedule<Options> = (length: ScheduleLength, options: Options, learningRate: number) => Schedule;

interface ScheduleRow {
  readonly rules: OptionRules<object>;
  readonly make: MakeSchedule<never>;
}

const row = <Options extends object>(
  rules: OptionRules<Options>,
  make: MakeSchedule<Options>,
): ScheduleRow => ({ rules, make });

const share = (done: number, of: number): number => done / Math.max(1, of);

/** Rises from 0 over the warm-up, then follows `after`, which receives the finished share of the remaining steps. */
const afterWarmup =
  (after: (progress: number) => number, { warmupSteps, totalSteps }: ScheduleLength): Schedule =>
  (step) =>
    step < warmupSteps
      ? share(step, warmupSteps)
      : Math.max(0, after(share(step - warmupSteps, totalSteps - warmupSteps)));

/** A cosine that falls from 1 to 0 in half a cycle. */
const wave = (cycles: number, progress: number): number =>
  0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));
const above = (least: number, factor: number): number => factor * (1 - least) + least;

/** The timescale of `inverse_sqrt` without warm-up. */
const LONG_TIMESCALE = 10_000;

const cycles = (fallback: number) => ({ numCycles: numberAbove(0, fallback) });
const MIN_RATE = { minLr: nullable(numberFrom(0)), minLrRate: nullable(numberFrom(0)) };
const CURVES = {
  linear: (progress: number) => 1 - progress,
  cosine: (progress: number, numCycles: number) => wave(numCycles, progress),
  '1-sqrt': (progress: number) => 1 - Math.sqrt(progress),
} as const;
const RISES = {
  linear: (progress: number) => progress,
  cosine: (progress: number) => 0.5 * (1 - Math.cos(Math.PI * progress)),
  '1-sqrt': (progress: number) => 1 - Math.sqrt(1 - progress),
} as const;

/** Schedules under their names in transformers, with the same defaults and with option names in camelCase. */
export const SCHEDULES = {
  linear: row({}, (length) => afterWarmup((progress) => 1 - progress, length)),
  cosine: row(cycles(0.5), (length, { numCycles }) =>
    afterWarmup((progress) => wave(numCycles, progress), length),
  ),
  cosine_with_restarts: row(cycles(1), (length, { numCycles }) =>
    afterWarmup((progress) => (progress >= 1 ? 0 : wave(0.5, (numCycles * progress) % 1)), length),
  ),
  polynomial: row(
    { lrEnd: numberFrom(0, 1e-7), power: number(1) },
    ({ warmupSteps, totalSteps }, { lrEnd, power }, learningRate) => {
      if (learningRate <= lrEnd) {
        throw new OptionError(
          `the schedule "polynomial" ends at lrEnd ${lrEnd}, which must be below the learning rate ${learningRate}`,
        );
      }
      return (step) => {
        if (step < warmupSteps) return share(step, warmupSteps);
        if (step > totalSteps) return lrEnd / learningRate;
        const rest = 1 - (step - warmupSteps) / (totalSteps - warmupSteps);
        return ((learningRate - lrEnd) * rest ** power + lrEnd) / learningRate;
      };
    },
  ),
  constant: row({}, () => () => 1),
  constant_with_warmup: row({}, (length) => afterWarmup(() => 1, length)),
  inverse_sqrt: row({ timescale: nullable(numberAbove(0)) }, ({ warmupSteps }, { timescale }) => {
    const scale = timescale ?? (warmupSteps || LONG_TIMESCALE);
    return (step) =>
      step < warmupSteps ? share(step, warmupSteps) : 1 / Math.sqrt((step - warmupSteps + scale) / scale);
  }),
  cosine_with_min_lr: row(
    { ...cycles(0.5), ...MIN_RATE },
    (length, { numCycles, ...least }, learningRate) => {
      const rate = leastShare('cosine_with_min_lr', least, learningRate);
      return afterWarmup((progress) => above(rate, wave(numCycles, progress)), length);
    },
  ),
  cosine_warmup_with_min_lr: row(
    { ...cycles(0.5), ...MIN_RATE, warmupLrRate: nullable(numberFrom(0)) },
    ({ warmupSteps, totalSteps }, { numCycles, warmupLrRate, ...least }, learningRate) => {
      const rate = leastShare('cosine_warmup_with_min_lr', least, learningRate);
      return (step) => {
        if (step < warmupSteps) {
          return warmupLrRate === null
            ? share(step + 1, warmupSteps)
            : warmupLrRate + (1 - warmupLrRate) * share(step, warmupSteps - 1);
        }
        const progress = share(step - warmupSteps + 1, totalSteps - warmupSteps);
        return Math.max(0, above(rate, wave(numCycles, progress)));
      };
    },
  ),
  warmup_stable_decay: row(
    {
      ...cycles(0.5),
      numDecaySteps: countFrom(0),
      numStableSteps: nullable(countFrom(0)),
      warmupType: oneOf<keyof typeof RISES>(['linear', 'cosine', '1-sqrt'], 'linear'),
      decayType: oneOf<keyof typeof CURVES>(['linear', 'cosine', '1-sqrt'], 'cosine'),
      minLrRatio: numberFrom(0, 0),
    },
    ({ warmupSteps, totalSteps }, options) => {
      const { numDecaySteps, warmupType, decayType, minLrRatio, numCycles } = options;
      const decayFrom = warmupSteps + (options.numStableSteps ?? totalSteps - warmupSteps - numDecaySteps);
      return (step) => {
        if (step < warmupSteps) {
          return Math.max(0, above(minLrRatio, RISES[warmupType](share(step, warmupSteps))));
        }
        if (step < decayFrom) return 1;
        if (step >= decayFrom + numDecaySteps) return minLrRatio;
        const progress = share(step - decayFrom, numDecaySteps);
        return Math.max(0, above(minLrRatio, CURVES[decayType](progress, numCycles)));
      };
    },
  ),
} as const satisfies Readonly<Record<string, ScheduleRow>>;

export type ScheduleName = keyof typeof SCHEDULES;

export const SCHEDULE_NAMES = Object.keys(SCHEDULES) as ScheduleName[];

const SETTINGS: ArgumentRule = {
  expects: 'an object { warmupSteps, totalSteps, learningRate, options } of numbers and an object',
  accepts: (value) => {
    const { warmupSteps, totalSteps, learningRate = 1 } = Object(value) as Record<string, unknown>;
    return [warmupSteps, totalSteps, learningRate].every(Number.isFinite);
  },
};

export interface ScheduleSettings extends ScheduleLength {
  /** The optimizer's learning rate. Some schedules end at a rate that depends on it. Default 1. */
  readonly learningRate?: number;
  /** The schedule's own options, by transformers' names in camelCase. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * A schedule of learning rates as a function of the step.
 *
 *     const schedule = learningRateSchedule('linear', { warmupSteps: 100, totalSteps: 1000 });
 *     optimizer.groups.forEach((group) => (group.learningRate = 2e-5 * schedule(optimizer.steps)));
 *
 * @throws OptionError if the name is unknown, and if the schedule lacks an option or does not accept its value
 */
export function learningRateSchedule(name: ScheduleName, settings: ScheduleSettings): Schedule {
  checkArguments('learningRateSchedule', { settings: SETTINGS }, { settings });
  const { learningRate = 1, options = {}, ...length } = settings;
  if (!Object.hasOwn(SCHEDULES, name)) {
    throw new OptionError(
      `there is no schedule of learning rates ${describe(name)}; expected one of ${SCHEDULE_NAMES.join(', ')}`,
    );
  }
  const { rules, make } = SCHEDULES[name];
  const resolved = resolveOptions<object>(`the schedule "${name}"`, rules, options);
  return make(length, resolved as never, learningRate);
}

function leastShare(
  name: string,
  { minLr, minLrRate }: { readonly minLr: number | null; readonly minLrRate: number | null },
  learningRate: number,
): number {
  if ((minLr === null) === (minLrRate === null)) {
    throw new OptionError(`the schedule "${name}" needs one of minLr and minLrRate`);
  }
  return minLrRate ?? (minLr as number) / learningRate;
}

/** The number of warm-up steps: the given number, or below 1 a share of all steps, rounded up. */
export function warmupStepsOf(warmup: number, totalSteps: number): number {
  checkArguments('warmupStepsOf', { warmup: aNumber, totalSteps: aNumber }, { warmup, totalSteps });
  return warmup >= 1 ? Math.floor(warmup) : Math.ceil(totalSteps * warmup);
}

import { isObject } from '../../arguments.js';
import { counted } from '../../counted.js';
import { InputError } from '../../errors.js';
import { warmupStepsOf } from '../../training/learning-rates.js';
import { warn } from '../../warnings.js';
import type { CallbackContext, TrainerCallback } from '../callbacks.js';
import { regularizerWarmup, SpladeRegularizerWeightSchedulerCallback } from '../regularizer-schedule.js';
import { CONDITIONS, deadLatents, isBad, type StepFacts } from './conditions.js';

/**
 * Warns when a run goes wrong: embeddings without any active dimension or with most of them, dead latents, a loss that does
 * not move, parameters that nothing changes, a warm-up that does not end within the run. Each warning is given once. The
 * trainer adds the guards by itself.
 */
export class Guards implements TrainerCallback {
  readonly name = 'Guards';
  /** The figures of the last step, by the names of the conditions. */
  figures: Record<string, number> = {};
  readonly #callbacks: () => readonly TrainerCallback[];
  /** How many steps in a row each condition has held. */
  #streaks: Record<string, number> = {};
  #told: string[] = [];
  #lastLoss: number | undefined;
  #deadLatents: number | undefined;

  constructor(callbacks: () => readonly TrainerCallback[]) {
    this.#callbacks = callbacks;
  }

  onTrainBegin = (context: CallbackContext): void => {
    if (context.state.globalStep === 0) this.load({ streaks: {}, told: [], lastLoss: null });
    checkSchedules(context, this.#schedules());
  };

  onStepEnd = async (context: CallbackContext): Promise<void> => {
    const { step, state, model } = context;
    if (step === undefined) return;
    this.#deadLatents = await deadLatents(model);
    const facts: StepFacts = {
      context,
      step,
      lastLoss: this.#lastLoss,
      isWarm: this.#schedules().every((each) => each.hasFullWeights(state)),
      deadLatents: this.#deadLatents,
    };
    this.#lastLoss = step.loss;
    this.figures = {};
    for (const condition of CONDITIONS) {
      const { name, steps, says } = condition;
      const figure = condition.figure(facts);
      if (figure !== undefined) this.figures[name] = figure;
      const streak = isBad(condition, figure) ? (this.#streaks[name] ?? 0) + 1 : 0;
      this.#streaks[name] = streak;
      if (streak < steps || this.#told.includes(name)) continue;
      this.#told.push(name);
      warn(`step ${state.globalStep}: ${says(facts)}`);
    }
  };

  onLog = ({ logs }: CallbackContext): void => {
    if (this.#deadLatents !== undefined && logs !== undefined && 'loss' in logs) {
      logs['dead_latents'] = this.#deadLatents;
    }
  };

  state = (): unknown => ({
    streaks: this.#streaks,
    told: this.#told,
    lastLoss: this.#lastLoss ?? null,
  });

  load = (state: unknown): void => {
    const { streaks, told, lastLoss } = (state ?? {}) as {
      streaks?: Record<string, number>;
      told?: string[];
      lastLoss?: number | null;
    };
    if (!isObject(streaks) || !Array.isArray(told)) {
      throw new InputError('the state of Guards has no streaks and told warnings');
    }
    this.#streaks = { ...streaks };
    this.#told = [...told];
    this.#lastLoss = lastLoss ?? undefined;
  };

  #schedules(): SpladeRegularizerWeightSchedulerCallback[] {
    return this.#callbacks().filter((each) => each instanceof SpladeRegularizerWeightSchedulerCallback);
  }
}

function checkSchedules(
  { args, state, optimizer }: CallbackContext,
  schedules: readonly SpladeRegularizerWeightSchedulerCallback[],
): void {
  const { maxSteps } = state;
  const warmup = warmupStepsOf(args.warmupSteps, maxSteps);
  if (warmup >= maxSteps) {
    warn(
      `the learning rate rises for ${counted(warmup, 'step')}, but the run has ${maxSteps}: it never reaches learningRate (${args.learningRate}). Lower warmupSteps, or train for longer.`,
    );
  }
  if (optimizer !== undefined && optimizer.groups.every(({ learningRate }) => learningRate === 0)) {
    warn(
      `learningRate is ${args.learningRate}, and learningRateMapping raises it for no parameter: training changes nothing. Raise learningRate.`,
    );
  }
  for (const each of schedules) {
    const steps = regularizerWarmup(maxSteps, each.warmupRatio);
    if (steps < maxSteps) continue;
    warn(
      `the regularizer weights rise for ${counted(steps, 'step')}, but the run has ${maxSteps}: they never reach their full values. Lower warmupRatio of the regularizer's schedule, or train for longer.`,
    );
  }
}

import type { CallbackContext, TrainerCallback } from './callbacks.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** The steps of an interval. A share of all steps is rounded up. */
export function intervalOf(steps: number, maxSteps: number): number {
  return steps < 1 ? Math.ceil(maxSteps * steps) : steps;
}

/** The number of steps from one evaluation to the next. */
export const evalStepsOf = ({ evalSteps, loggingSteps }: ResolvedTrainingArguments): number =>
  evalSteps ?? loggingSteps;

/** Decides when to log, evaluate, save and end, as the arguments say. */
export const flow: TrainerCallback = {
  onStepEnd({ args, state, control }: CallbackContext): void {
    const { globalStep, maxSteps } = state;
    const isTime = (steps: number): boolean => globalStep % intervalOf(steps, maxSteps) === 0;
    if (args.loggingStrategy === 'steps' && isTime(args.loggingSteps)) control.shouldLog = true;
    if (globalStep === 1 && args.loggingFirstStep) control.shouldLog = true;
    if (args.evalStrategy === 'steps' && isTime(evalStepsOf(args)) && args.evalDelay <= globalStep) {
      control.shouldEvaluate = true;
    }
    if (args.saveStrategy === 'steps' && isTime(args.saveSteps)) control.shouldSave = true;
    if (globalStep >= maxSteps) {
      control.shouldTrainingStop = true;
      // The last step is saved whatever the interval is. With epochs, the end of the epoch does this.
      if (args.saveStrategy === 'steps') control.shouldSave = true;
      if (args.evalStrategy === 'steps' && args.evalDelay <= globalStep) control.shouldEvaluate = true;
    }
  },
  onEpochEnd({ args, state, control }: CallbackContext): void {
    if (args.loggingStrategy === 'epoch') control.shouldLog = true;
    if (args.evalStrategy === 'epoch' && args.evalDelay <= state.epoch) control.shouldEvaluate = true;
    if (args.saveStrategy === 'epoch') control.shouldSave = true;
  },
};

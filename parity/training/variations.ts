import type { CallbackContext, TrainerCallback } from '../../src/api/trainer.js';
import { learningRateSchedule } from '../../src/api/training.js';
import { SpladeLoss } from '../../src/index.js';
import { tf } from '../../src/tf.js';
import { changed, type ChangeGradients } from './change-gradients.js';
import { epochsOf } from './data.js';
import type { Variation } from './our-run.js';
import { STEPS } from './recipe.js';
import { counterVariables } from './recorder.js';
import type { SubjectOptions } from './subject.js';
import { wrongAdamW } from './wrong-adamw.js';

/** A wrong variant, as a row of a table of mistakes. */
export interface Mistake extends Variation {
  readonly what: string;
  /** The recipe that it trains with. */
  readonly recipe: string;
  readonly wrongModel?: WrongModel;
}

export interface WrongModel extends SubjectOptions {
  /** Whether the model keeps its dropout. */
  readonly keepsDropout?: boolean;
}

type Optimizer = NonNullable<CallbackContext['optimizer']>;

interface RateContext {
  /** The step, from 0. */
  readonly step: number;
  readonly steps: number;
  readonly base: number;
  readonly right: number;
  readonly name: string;
}

/** Changes the learning rates that the trainer has set for a step. */
export function rates(change: (context: RateContext) => number): Variation {
  let base: number[] = [];
  const callback: TrainerCallback = {
    onTrainBegin({ optimizer }) {
      base = optimizer?.groups.map(({ learningRate }) => learningRate) ?? [];
    },
    onPreOptimizerStep({ state: { globalStep: step, maxSteps: steps }, optimizer }) {
      optimizer?.groups.forEach((group, index) => {
        const name = optimizer.names[index] ?? '';
        group.learningRate = change({ step, steps, base: base[index] ?? 0, right: group.learningRate, name });
      });
    },
  };
  return { callbacks: () => [callback] };
}

export const linear = (warmupSteps: number, more = 0, from = 0): Variation =>
  rates(({ step, steps, base }) => {
    const factor = learningRateSchedule('linear', { warmupSteps, totalSteps: steps + more });
    return base * factor(Math.max(0, step + from));
  });

/** Changes the weight decay from the first step on. */
export const decays = (change: (right: number, name: string) => number): Variation => ({
  callbacks: () => [
    {
      onTrainBegin({ optimizer }) {
        optimizer?.groups.forEach((group, index) => {
          group.weightDecay = change(group.weightDecay, optimizer.names[index] ?? '');
        });
      },
    },
  ],
});

export const adamW = (formula: Parameters<typeof wrongAdamW>[0]): Variation => ({
  callbacks: () => [wrongAdamW(formula)],
});

/**
 * Changes the gradients that the trainer has computed for a step. `change` is made again for each run, because it may keep state.
 */
export const gradients = (make: (optimizer: Optimizer) => ChangeGradients): Variation => ({
  callbacks: () => [
    {
      onTrainBegin({ optimizer }) {
        if (optimizer === undefined) return;
        const change = make(optimizer);
        const step = optimizer.step.bind(optimizer);
        optimizer.step = (right) => {
          const wrong = changed(right, change);
          const norm = step(wrong);
          tf.dispose(wrong);
          return norm;
        };
      },
    },
  ],
});

export const scaled = (all: readonly Float32Array[], factor: number): Float32Array[] =>
  all.map((each) => each.map((x) => x * factor));

interface WeightContext {
  readonly step: number;
  readonly steps: number;
  readonly full: readonly [document: number, query: number];
}

/** Changes the regularizer weights that the schedule has set for a step. */
export const weights = (change: (context: WeightContext) => readonly [number, number]): Variation => ({
  callbacks: ([loss]) => {
    if (!(loss instanceof SpladeLoss)) return [];
    const full = [loss.documentRegularizerWeight, loss.queryRegularizerWeight ?? 0] as const;
    return [
      {
        onStepBegin({ state: { globalStep: step, maxSteps: steps } }) {
          const [document, query] = change({ step, steps, full });
          loss.documentRegularizerWeight = document;
          loss.queryRegularizerWeight = query;
        },
      },
    ];
  },
});

export const quadratic = (warmup: (steps: number) => number, from = 0): Variation =>
  weights(({ step, steps, full: [document, query] }) => {
    const share = Math.min(1, Math.max(0, step + from) / warmup(steps)) ** 2;
    return [document * share, query * share];
  });

export const third = (steps: number): number => Math.floor(steps / 3);

export const scaledGradients = (factor: number): Variation =>
  gradients(() => (right) => scaled(right, factor));

/** Halves the gradients of one step. */
export const halvedAt = (wanted: number): Variation =>
  gradients(() => {
    let step = 0;
    return (right) => scaled(right, ++step === wanted ? 0.5 : 1);
  });

/** Adds the gradients to those of the step before. */
export const keptGradients = (): Variation =>
  gradients(() => {
    let before: readonly Float32Array[] = [];
    return (right) => {
      const sums = right.map((each, index) => each.map((x, at) => x + (before[index]?.[at] ?? 0)));
      before = right.map((each) => each.slice());
      return sums;
    };
  });

/** Returns the rows of an epoch in the order of another epoch. */
export const orders = (epochOf: (epoch: number) => number): Variation => ({
  async dataset(right, recipe) {
    const all = (await epochsOf(recipe, 2 * STEPS)).map((batches) => batches.flat());
    let epoch = 0;
    const placeIn = (index: number): number => {
      const position = all[epoch]?.indexOf(index) ?? index;
      return all[epochOf(epoch)]?.[position] ?? index;
    };
    return {
      dataset: { ...right, rows: (indices) => right.rows(indices.map(placeIn)) },
      follow: { onEpochBegin: ({ state }) => void (epoch = Math.round(state.epoch)) },
    };
  },
});

/** Leaves out the last step of an epoch if it has fewer batches than the others. */
export const withoutShortSteps = (batches: number): Variation => ({
  callbacks: () => [
    {
      onStepEnd({ state, control, args }) {
        const whole = Math.floor(batches / args.gradientAccumulationSteps);
        const done = Math.round((state.epoch % 1) * Math.ceil(batches / args.gradientAccumulationSteps));
        if (done === whole) control.shouldEpochStop = true;
      },
    },
  ],
});

/** Changes the counters of dead latents after each step. */
export const counters = (change: (counter: number, before: number) => number): Variation => ({
  callbacks: () => {
    let before: Int32Array[] = [];
    return [
      {
        async onStepEnd({ model }) {
          const variables = counterVariables(model);
          const values = await Promise.all(variables.map((each) => each.data()));
          const wrong = values.map((each, index) =>
            Int32Array.from(each, (counter, at) => change(counter, before[index]?.[at] ?? 0)),
          );
          before = wrong;
          variables.forEach((variable, index) => {
            const tensor = tf.tensor(wrong[index] ?? [], variable.shape, 'int32');
            variable.assign(tensor);
            tensor.dispose();
          });
        },
      },
    ];
  },
});

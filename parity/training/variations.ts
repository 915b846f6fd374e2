import { elementsOf, tensorOver } from '../../src/api/engine.js';
import type { TrainerCallback } from '../../src/api/trainer.js';
import { learningRateSchedule } from '../../src/api/training.js';
import { SpladeLoss } from '../../src/index.js';
import { tf } from '../../src/tf.js';
import type { Variation } from './our-run.js';
import { wrongAdamW } from './wrong-adamw.js';

/** A wrong variant under the name that a table gives it. */
export interface Mistake extends Variation {
  readonly what: string;
  /** The recipe by which it trains. */
  readonly recipe: string;
}

interface RateContext {
  /** From 0. */
  readonly step: number;
  readonly steps: number;
  readonly base: number;
  readonly right: number;
  readonly name: string;
}

/** Other learning rates than the trainer has set for a step. */
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

/** Other weight decay from the first step on. */
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

type ChangeGradients = (gradients: readonly Float32Array[]) => readonly Float32Array[];

/** Other gradients than the trainer has computed. `change` is made anew for each run, since it may remember some. */
export const gradients = (make: () => ChangeGradients): Variation => ({
  callbacks: () => [
    {
      onTrainBegin({ optimizer }) {
        if (optimizer === undefined) return;
        const change = make();
        const step = optimizer.step.bind(optimizer);
        optimizer.step = (right) => {
          const values = change(right.map((each) => elementsOf(each) as Float32Array));
          const wrong = values.map((each, index) => tensorOver(each, right[index]?.shape ?? []));
          const norm = step(wrong);
          tf.dispose(wrong);
          return norm;
        };
      },
    },
  ],
});

const scaled = (all: readonly Float32Array[], factor: number): Float32Array[] =>
  all.map((each) => each.map((x) => x * factor));

interface WeightContext {
  readonly step: number;
  readonly steps: number;
  readonly full: readonly [document: number, query: number];
}

/** Other weights of the regularizers than the schedule has set for a step. */
export const weights = (change: (context: WeightContext) => readonly [number, number]): Variation => ({
  callbacks: (loss) => {
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

/** The gradients of one step are halved. */
export const halvedAt = (wanted: number): Variation =>
  gradients(() => {
    let step = 0;
    return (right) => scaled(right, ++step === wanted ? 0.5 : 1);
  });

/** Gradients are added to those of the step before. */
export const keptGradients = (): Variation =>
  gradients(() => {
    let before: readonly Float32Array[] = [];
    return (right) => {
      const sums = right.map((each, index) => each.map((x, at) => x + (before[index]?.[at] ?? 0)));
      before = right.map((each) => each.slice());
      return sums;
    };
  });

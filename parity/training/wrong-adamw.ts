import type { TrainerCallback } from '../../src/api/trainer.js';
import type { BoundOptimizer } from '../../src/api/training.js';
import { tf } from '../../src/tf.js';

interface Moments {
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** The largest second moment so far. */
  readonly most: Float64Array;
}

/** The parts of AdamW's formula for one element. Each part may be wrong. */
export interface Formula {
  /** The step count that the formula uses, from the number of the step, counted from 1. */
  readonly count: (step: number) => number;
  readonly betas: (right: readonly [number, number]) => readonly [number, number];
  /** The gradient that the formula uses, from the gradient, the parameter and its weight decay. */
  readonly gradient: (gradient: number, parameter: number, decay: number) => number;
  readonly correctsFirst: boolean;
  readonly correctsSecond: boolean;
  /** The denominator, from the corrected second moment and epsilon; `correction` is 1 - beta2^t. */
  readonly denominator: (second: number, epsilon: number, correction: number) => number;
  /** The first moment that the update uses. */
  readonly direction: (first: number, gradient: number, beta1: number) => number;
  readonly keepsMost: boolean;
  /** The parameter after decay, before the update. */
  readonly decayed: (parameter: number, decay: number, rates: Rates) => number;
  readonly decayIsLast: boolean;
}

interface Rates {
  /** The learning rate of this step, by the schedule. */
  readonly now: number;
  /** The learning rate of the group, without the schedule. */
  readonly base: number;
}

const RIGHT: Formula = {
  count: (step) => step,
  betas: (right) => right,
  gradient: (gradient) => gradient,
  correctsFirst: true,
  correctsSecond: true,
  denominator: (second, epsilon) => Math.sqrt(second) + epsilon,
  direction: (first) => first,
  keepsMost: false,
  decayed: (parameter, decay, { now }) => parameter * (1 - now * decay),
  decayIsLast: false,
};

export interface AdamSettings {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly maxNorm: number;
}

/** Replaces the trainer's optimizer by one with wrong parts. With no wrong part, it is right. */
export function wrongAdamW(wrong: Partial<Formula>): TrainerCallback {
  const formula = { ...RIGHT, ...wrong };
  return {
    onTrainBegin({ optimizer, args }) {
      if (optimizer === undefined) return;
      const base = optimizer.groups.map(({ learningRate }) => learningRate);
      const state = optimizer.variables.map(({ size }): Moments => ({
        first: new Float64Array(size),
        second: new Float64Array(size),
        most: new Float64Array(size),
      }));
      let steps = 0;
      const settings: AdamSettings = {
        betas: [args.adamBeta1, args.adamBeta2],
        epsilon: args.adamEpsilon,
        maxNorm: args.maxGradNorm || Infinity,
      };
      optimizer.step = (gradients) => {
        steps++;
        return update(optimizer, gradients, { formula, settings, state, base, step: formula.count(steps) });
      };
      optimizer.state = () => ({
        steps,
        moments: Object.fromEntries(
          optimizer.names.map((name, index) => {
            const { first = [], second = [] } = state[index] ?? {};
            return [name, { first: Float32Array.from(first), second: Float32Array.from(second) }];
          }),
        ),
      });
    },
  };
}

interface Update {
  readonly formula: Formula;
  readonly settings: AdamSettings;
  readonly state: readonly Moments[];
  readonly base: readonly number[];
  readonly step: number;
}

export const normOf = (all: readonly ArrayLike<number>[]): number =>
  Math.sqrt(all.reduce((sum, each) => Array.from(each).reduce((part, x) => part + x * x, sum), 0));

function update(optimizer: BoundOptimizer, gradients: readonly tf.Tensor[], given: Update): number {
  const { formula, settings, state, base, step } = given;
  const values = gradients.map((each) => each.dataSync<'float32'>());
  const norm = normOf(values);
  const scale = Math.min(1, settings.maxNorm / (norm + 1e-6));
  const [beta1, beta2] = formula.betas(settings.betas);
  const firstCorrection = formula.correctsFirst ? 1 - beta1 ** step : 1;
  const secondCorrection = formula.correctsSecond ? 1 - beta2 ** step : 1;
  optimizer.variables.forEach((variable, index) => {
    const { first, second, most } = state[index] as Moments;
    const { learningRate: now = 0, weightDecay: decay = 0 } = optimizer.groups[index] ?? {};
    const rates = { now, base: base[index] ?? 0 };
    const parameter = variable.dataSync<'float32'>().slice();
    parameter.forEach((old, at) => {
      const g = formula.gradient((values[index]?.[at] ?? 0) * scale, old, decay);
      const m = beta1 * (first[at] ?? 0) + (1 - beta1) * g;
      const v = beta2 * (second[at] ?? 0) + (1 - beta2) * g * g;
      first[at] = m;
      second[at] = v;
      most[at] = Math.max(most[at] ?? 0, v);
      const corrected = (formula.keepsMost ? (most[at] ?? 0) : v) / secondCorrection;
      const moved =
        (now * (formula.direction(m, g, beta1) / firstCorrection)) /
        formula.denominator(corrected, settings.epsilon, secondCorrection);
      parameter[at] = formula.decayIsLast
        ? formula.decayed(old - moved, decay, rates)
        : formula.decayed(old, decay, rates) - moved;
    });
    const tensor = tf.tensor(parameter, variable.shape);
    variable.assign(tensor);
    tensor.dispose();
  });
  return norm;
}

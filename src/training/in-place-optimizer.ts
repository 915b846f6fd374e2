import type { Group } from './optimizer-options.js';
import { checkGradients, checkState, clippingScale, type Moments, type Optimizer } from './optimizer.js';

/** A parameter with its own options. */
export interface ShapedParameter extends Group {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** The update of one parameter at one step. */
export interface Update {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  /** Multiplies the gradient: below 1 where its norm is clipped. */
  readonly scale: number;
  readonly shape: readonly number[];
  readonly moments: Moments;
  readonly group: Readonly<Group>;
  /** From 1. */
  readonly step: number;
}

/** The formula of an optimizer. */
export interface UpdateRule {
  readonly name: string;
  /** The shape of each moment for a parameter of this shape. All moments begin as zeros. */
  momentShapes(shape: readonly number[]): Readonly<Record<string, readonly number[]>>;
  /** Changes the parameter and its moments in place. */
  update(update: Update): void;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** Makes an optimizer from an update rule. It computes in float64, and keeps parameters and moments in float32. */
export function inPlaceOptimizer(
  rule: UpdateRule,
  given: readonly ShapedParameter[],
  maxGradientNorm: number | null,
): Optimizer {
  const parameters = given.map(({ values }) => values.slice());
  const groups = given.map(({ learningRate, weightDecay }): Group => ({ learningRate, weightDecay }));
  const moments = given.map(({ shape }): Moments =>
    mapped(rule.momentShapes(shape), (each) => new Float32Array(sizeOf(each))),
  );
  let steps = 0;
  return {
    parameters,
    groups,
    get steps() {
      return steps;
    },
    step(gradients) {
      checkGradients(`${rule.name}.step`, gradients, parameters);
      steps++;
      const norm = maxGradientNorm === null ? undefined : normOf(gradients);
      const scale = clippingScale(norm, maxGradientNorm);
      for (const [index, gradient] of gradients.entries()) {
        rule.update({
          parameter: parameters[index] as Float32Array,
          gradient,
          scale,
          shape: given[index]?.shape ?? [],
          moments: moments[index] as Moments,
          group: groups[index] as Group,
          step: steps,
        });
      }
      return norm;
    },
    state: () => ({ steps, moments: moments.map((each) => mapped(each, (values) => values.slice())) }),
    load(state) {
      const lengths = moments.map((each) => mapped(each, (values) => values.length));
      checkState(`${rule.name}.load`, state, lengths);
      steps = state.steps;
      for (const [index, own] of moments.entries()) {
        for (const [name, values] of Object.entries(own)) values.set(state.moments[index]?.[name] ?? []);
      }
    },
  };
}

function normOf(gradients: readonly Float32Array[]): number {
  let sum = 0;
  for (const gradient of gradients) {
    // An iterator would take four times as long.
    for (let i = 0; i < gradient.length; i++) sum += (gradient[i] as number) ** 2;
  }
  return Math.sqrt(sum);
}

function mapped<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

import { anObject, type ArgumentRule, checkArguments, isObject, listOf } from '../arguments.js';
import { InputError } from '../errors.js';
import type { Group } from './optimizer-options.js';

/** What an optimizer keeps for a parameter from step to step, by name. */
export type Moments = Readonly<Record<string, Float32Array>>;

/** The state that another optimizer needs to continue, in addition to parameters, gradients and options. */
export interface OptimizerState {
  readonly steps: number;
  /** In the order of the parameters. */
  readonly moments: readonly Moments[];
}

/** Updates parameters in place. The parameters are views that never change identity. */
export interface Optimizer {
  readonly parameters: readonly Float32Array[];
  readonly groups: readonly Group[];
  /** The number of steps taken. */
  readonly steps: number;
  /**
   * @param gradients one for each of `parameters`; they are only read
   * @returns the norm of all gradients together, before clipping; undefined if there is no limit
   * @throws InputError if the gradients do not fit the parameters; nothing is changed then
   */
  step(gradients: readonly Float32Array[]): number | undefined;
  /** A copy. */
  state(): OptimizerState;
  /** @throws InputError if the state does not fit; nothing is changed then */
  load(state: OptimizerState): void;
}

export const isArray = (value: unknown): boolean => value instanceof Float32Array;
export const ARRAYS = listOf('a list of Float32Arrays', isArray);
export const STATE = anObject('an object { steps, moments }');
const STEPS: ArgumentRule = {
  expects: 'a whole number of at least 0',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};
/** PyTorch's guard against a norm of 0. */
const NORM_EPSILON = 1e-6;

/** The factor by which clipping scales the gradients. As in PyTorch, NaN passes on to the parameters. */
export function clippingScale(norm: number | undefined, maxNorm: number | null): number {
  if (norm === undefined || maxNorm === null) return 1;
  return Math.min(1, maxNorm / (norm + NORM_EPSILON));
}

/** @throws InputError unless every parameter has a gradient of the same length */
export function checkGradients(
  caller: string,
  gradients: readonly Float32Array[],
  parameters: readonly Float32Array[],
): void {
  checkArguments(caller, { gradients: ARRAYS }, { gradients });
  checkLengths(
    caller,
    'gradient',
    gradients,
    parameters.map(({ length }) => length),
  );
}

/**
 * @param lengths the number of elements of each moment, for each parameter
 * @throws InputError if the state belongs to other parameters
 */
export function checkState(
  caller: string,
  state: OptimizerState,
  lengths: readonly Readonly<Record<string, number>>[],
): void {
  checkArguments(caller, { state: STATE }, { state });
  const names = [...new Set(lengths.flatMap(Object.keys))];
  const rule = listOf(
    `a list of objects { ${names.join(', ')} } of Float32Arrays`,
    (value) => isObject(value) && Object.values(value).every(isArray),
  );
  const { steps, moments } = state;
  checkArguments(caller, { steps: STEPS, moments: rule }, { steps, moments });
  if (moments.length !== lengths.length) {
    throw new InputError(`${caller} got moments of ${moments.length} parameters; expected ${lengths.length}`);
  }
  for (const [index, own] of lengths.entries()) {
    const given = moments[index] ?? {};
    for (const name of new Set([...Object.keys(own), ...Object.keys(given)])) {
      const [expected, found] = [own[name], given[name]?.length];
      if (expected === found) continue;
      throw new InputError(
        expected === undefined
          ? `${caller}: parameter ${index} has a moment "${name}"; expected ${Object.keys(own).join(', ') || 'none'}`
          : found === undefined
            ? `${caller}: parameter ${index} has no moment "${name}"`
            : `${caller}: ${name} moment ${index} has ${found} elements; expected ${expected}`,
      );
    }
  }
}

function checkLengths(
  caller: string,
  what: string,
  arrays: readonly Float32Array[],
  lengths: readonly number[],
): void {
  if (arrays.length !== lengths.length) {
    throw new InputError(
      `${caller} got ${arrays.length} ${what}s; expected ${lengths.length}, one for each parameter`,
    );
  }
  for (const [index, length] of lengths.entries()) {
    const found = arrays[index]?.length;
    if (found === length) continue;
    throw new InputError(`${caller}: ${what} ${index} has ${found} elements; its parameter has ${length}`);
  }
}

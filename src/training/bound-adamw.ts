import type * as tf from '@tensorflow/tfjs';
import { anObject, type ArgumentRule, checkArguments, isObject, listOf } from '../arguments.js';
import { elementsOf, tensorOver } from '../engine/arrays.js';
import { InputError } from '../errors.js';
import { isTensor } from '../is-tensor.js';
import type { AdamWOptions } from './adamw-options.js';
import { AdamW, type AdamWState, type ParameterGroup } from './adamw.js';
import { decaysWeights } from './decay.js';

export type NamedVariable = readonly [name: string, variable: tf.Variable];

/** A model whose trainable parameters are to be bound, such as a SparseEncoder. */
export interface TrainableModel {
  namedParameters(): readonly NamedVariable[];
  trainableVariables(): readonly tf.Variable[];
}

export type ParameterSettings = Pick<ParameterGroup, 'learningRate' | 'weightDecay'>;

export interface BindOptions extends AdamWOptions {
  /**
   * What a parameter has otherwise than the others. Unless given, biases and the parameters of normalizations have no
   * weight decay, as in the reference's trainer.
   */
  readonly settingsFor?: (name: string) => ParameterSettings;
}

/** The state of an optimizer by the names of its parameters, whose order may be another one where it is loaded. */
export interface BoundAdamWState {
  readonly steps: number;
  readonly moments: Readonly<Record<string, AdamWState['moments'][number]>>;
}

const withoutDecay = (name: string): ParameterSettings => (decaysWeights(name) ? {} : { weightDecay: 0 });

/** AdamW whose memory the variables are: they hold what each step leaves there. Made by `bindAdamW`. */
export class BoundAdamW {
  readonly names: readonly string[];
  /** What gradients are given for, in this order. */
  readonly variables: tf.Variable[];
  /** One for each parameter, in their order. Schedules change the learning rates. */
  readonly groups: AdamW['groups'];
  readonly #optimizer: AdamW;

  constructor(parameters: readonly NamedVariable[], optimizer: AdamW) {
    this.names = parameters.map(([name]) => name);
    this.variables = parameters.map(([, variable]) => variable);
    this.groups = optimizer.groups;
    this.#optimizer = optimizer;
  }

  /** How many steps were taken. */
  get steps(): number {
    return this.#optimizer.steps;
  }

  /**
   * Updates all variables.
   *
   * @param gradients computed ones, as a compiled function returns them, in the order of `variables`; they are only read
   * @returns the norm of all gradients together before it was limited, undefined where no limit is set
   * @throws InputError for gradients of other parameters; nothing is changed then
   */
  step(gradients: readonly tf.Tensor[]): number | undefined {
    checkArguments('BoundAdamW.step', { gradients: TENSORS }, { gradients });
    return this.#optimizer.step(gradients.map((gradient) => elementsOf(gradient) as Float32Array));
  }

  /** A copy of the number of steps and of each parameter's moments. */
  state(): BoundAdamWState {
    const { steps, moments } = this.#optimizer.state();
    const named = this.names.map((name, index) => [name, moments[index]]);
    return { steps, moments: Object.fromEntries(named) as BoundAdamWState['moments'] };
  }

  /**
   * Goes on from the state of another optimizer of parameters of the same names.
   *
   * @throws InputError for a state of other parameters, naming the first one; nothing is changed then
   */
  load(state: BoundAdamWState): void {
    checkArguments('BoundAdamW.load', { state: STATE }, { state });
    const { steps, moments } = state;
    checkArguments('BoundAdamW.load', { moments: MOMENTS }, { moments });
    const missing = this.names.find((name) => !Object.hasOwn(moments, name));
    if (missing !== undefined) {
      throw new InputError(`BoundAdamW.load: the state has no moments of ${missing}`);
    }
    const unknown = Object.keys(moments).find((name) => !this.names.includes(name));
    if (unknown !== undefined) {
      throw new InputError(`BoundAdamW.load: the state has moments of ${unknown}, which is not bound`);
    }
    this.#optimizer.load({
      steps,
      moments: this.names.map((name) => moments[name] as AdamWState['moments'][number]),
    });
  }
}

const TENSORS = listOf('a list of tensors', isTensor);
const STATE = anObject('an object { steps, moments }');
const MOMENTS: ArgumentRule = { expects: 'an object of moments by name', accepts: isObject };
const isNamed = (each: unknown): boolean =>
  Array.isArray(each) && typeof each[0] === 'string' && isTensor(each[1]);
const isModel = (value: unknown): value is TrainableModel =>
  isObject(value) && 'namedParameters' in value && 'trainableVariables' in value;
const PARAMETERS: ArgumentRule = {
  expects: 'a model with namedParameters and trainableVariables, or a list of [name, variable]',
  accepts: (value) => isModel(value) || (Array.isArray(value) && value.every(isNamed)),
};

/**
 * Binds the trainable parameters of a model to an AdamW optimizer on the onnx engine: the variables become views of the
 * optimizer's memory, which each step changes in place. Nothing is copied between steps.
 *
 * @param parameters a model, of which the trainable parameters are taken; or variables by name, float32
 * @throws InputError for anything else, for no parameter, and for a name or a variable that comes twice
 * @throws UsageError unless the onnx engine is set
 * @throws OptionError for options that are unknown or out of range
 *
 * @example
 * const optimizer = await bindAdamW(encoder, { learningRate: 2e-5, maxGradientNorm: 1 });
 * const { value, gradients } = await step(features); // gradients of optimizer.variables
 * optimizer.step(gradients);
 */
export async function bindAdamW(
  parameters: TrainableModel | readonly NamedVariable[],
  options: BindOptions = {},
): Promise<BoundAdamW> {
  checkArguments('bindAdamW', { parameters: PARAMETERS }, { parameters });
  const named = isModel(parameters) ? trainableOf(parameters) : parameters;
  requireDistinct(named);
  const { settingsFor = withoutDecay, ...rest } = options;
  const groups = await Promise.all(
    named.map(async ([name, variable]) => ({
      ...settingsFor(name),
      parameters: [(await variable.data()) as Float32Array],
    })),
  );
  const optimizer = new AdamW(groups, rest);
  named.forEach(([, variable], index) => {
    const view = tensorOver(optimizer.parameters[index] as Float32Array, variable.shape);
    variable.assign(view);
    view.dispose();
  });
  return new BoundAdamW(named, optimizer);
}

function trainableOf(model: TrainableModel): NamedVariable[] {
  const trainable = new Set(model.trainableVariables());
  return model.namedParameters().filter(([, variable]) => trainable.has(variable));
}

function requireDistinct(parameters: readonly NamedVariable[]): void {
  if (parameters.length === 0) throw new InputError('bindAdamW: there is no trainable parameter');
  const names = new Set<string>();
  const variables = new Map<tf.Variable, string>();
  for (const [name, variable] of parameters) {
    if (names.has(name)) throw new InputError(`bindAdamW: two parameters are named ${name}`);
    const other = variables.get(variable);
    if (other !== undefined) throw new InputError(`bindAdamW: ${other} and ${name} are the same variable`);
    if (variable.dtype !== 'float32') {
      throw new InputError(`bindAdamW: ${name} has the type ${variable.dtype}; expected float32`);
    }
    names.add(name);
    variables.set(variable, name);
  }
}

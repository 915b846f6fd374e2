import type * as tf from '@tensorflow/tfjs';
import { aCall, anObject, type ArgumentRule, checkArguments, isObject, listOf } from '../arguments.js';
import { elementsOf, tensorOver } from '../engine/arrays.js';
import { InputError } from '../errors.js';
import { isTensor } from '../is-tensor.js';
import { type OptionRules, resolveOptions } from '../options.js';
import { adafactor } from './adafactor.js';
import { AdamW } from './adamw.js';
import { decaysWeights } from './decay.js';
import { inPlaceOptimizer, type ShapedParameter, type UpdateRule } from './in-place-optimizer.js';
import {
  ADAFACTOR_RULES,
  type AdafactorOptions,
  ADAMW_RULES,
  type AdamWOptions,
  type Group,
  groupRules,
  SGD_RULES,
  type SgdOptions,
} from './optimizer-options.js';
import type { Moments, Optimizer } from './optimizer.js';
import { sgd } from './sgd.js';

export type NamedVariable = readonly [name: string, variable: tf.Variable];

/** A model whose trainable parameters can be bound, such as a SparseEncoder. */
export interface TrainableModel {
  namedParameters(): readonly NamedVariable[];
  trainableVariables(): readonly tf.Variable[];
}

export type ParameterSettings = Partial<Readonly<Group>>;

/** The options of an optimizer, and options for single parameters. */
export type BindOptions<Options = AdamWOptions> = Options & {
  /**
   * The settings of a parameter that differ from the others. By default, biases and the parameters of normalizations have no
   * weight decay, as in the reference's trainer.
   */
  readonly settingsFor?: (name: string) => ParameterSettings;
};

/** The state of an optimizer by the names of its parameters. The order of the parameters may differ when it is loaded. */
export interface BoundOptimizerState {
  readonly steps: number;
  readonly moments: Readonly<Record<string, Moments>>;
}

const withoutDecay = (name: string): ParameterSettings => (decaysWeights(name) ? {} : { weightDecay: 0 });

type MomentShapes = UpdateRule['momentShapes'];

/**
 * An optimizer whose memory is the variables' memory: the variables hold the new values after each step. Made by `bindAdamW`,
 * `bindAdafactor` and `bindSgd`.
 */
export class BoundOptimizer {
  readonly names: readonly string[];
  /** The variables to compute gradients for, in this order. */
  readonly variables: tf.Variable[];
  /** One for each parameter, in order. Schedules change the learning rates. */
  readonly groups: Optimizer['groups'];
  /** The shapes of the moments of each parameter, by name. */
  readonly momentShapes: Readonly<Record<string, ReturnType<MomentShapes>>>;
  readonly #optimizer: Optimizer;

  constructor(parameters: readonly NamedVariable[], optimizer: Optimizer, momentShapes: MomentShapes) {
    this.names = parameters.map(([name]) => name);
    this.variables = parameters.map(([, variable]) => variable);
    this.groups = optimizer.groups;
    this.momentShapes = Object.fromEntries(
      parameters.map(([name, { shape }]) => [name, momentShapes(shape)]),
    );
    this.#optimizer = optimizer;
  }

  /** The number of steps taken. */
  get steps(): number {
    return this.#optimizer.steps;
  }

  /**
   * Updates all variables.
   *
   * @param gradients already computed, as a compiled function returns them, in the order of `variables`; they are only read
   * @returns the norm of all gradients together, before clipping; undefined if there is no limit
   * @throws InputError if the gradients belong to other parameters; nothing is changed then
   */
  step(gradients: readonly tf.Tensor[]): number | undefined {
    checkArguments('BoundOptimizer.step', { gradients: TENSORS }, { gradients });
    return this.#optimizer.step(gradients.map((gradient) => elementsOf(gradient) as Float32Array));
  }

  /** A copy of the number of steps and of each parameter's moments. */
  state(): BoundOptimizerState {
    const { steps, moments } = this.#optimizer.state();
    return {
      steps,
      moments: Object.fromEntries(this.names.map((name, index) => [name, moments[index] ?? {}])),
    };
  }

  /**
   * Continues from the state of another optimizer whose parameters have the same names.
   *
   * @throws InputError if the state belongs to other parameters, naming the first one; nothing is changed then
   */
  load(state: BoundOptimizerState): void {
    checkArguments('BoundOptimizer.load', { state: STATE }, { state });
    const { steps, moments } = state;
    checkArguments('BoundOptimizer.load', { moments: MOMENTS }, { moments });
    const missing = this.names.find((name) => !Object.hasOwn(moments, name));
    if (missing !== undefined) {
      throw new InputError(`BoundOptimizer.load: the state has no moments of ${missing}`);
    }
    const unknown = Object.keys(moments).find((name) => !this.names.includes(name));
    if (unknown !== undefined) {
      throw new InputError(`BoundOptimizer.load: the state has moments of ${unknown}, which is not bound`);
    }
    this.#optimizer.load({ steps, moments: this.names.map((name) => moments[name] ?? {}) });
  }
}

const GROUP_RULES = groupRules(0);
const TENSORS = listOf('a list of tensors', isTensor);
const OPTIONS = anObject('an object of options');
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
 * @param parameters a model, whose trainable parameters are bound; or float32 variables by name
 * @throws InputError for anything else, if there is no parameter, and if a name or a variable occurs twice
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
): Promise<BoundOptimizer> {
  return await bound('bindAdamW', parameters, options, ADAMW_RULES, (shaped, resolved) => ({
    optimizer: new AdamW(
      shaped.map(({ values, learningRate, weightDecay }) => ({
        parameters: [values],
        learningRate,
        weightDecay,
      })),
      resolved,
    ),
    momentShapes: (shape) => ({ first: shape, second: shape }),
  }));
}

/**
 * Binds parameters to Adafactor, which keeps two vectors for a matrix instead of two matrices. The options are those that
 * transformers' trainer sets with `optim: 'adafactor'`. Arguments and errors are those of `bindAdamW`.
 */
export async function bindAdafactor(
  parameters: TrainableModel | readonly NamedVariable[],
  options: BindOptions<AdafactorOptions> = {},
): Promise<BoundOptimizer> {
  return await bound('bindAdafactor', parameters, options, ADAFACTOR_RULES, (shaped, { maxGradientNorm }) =>
    inPlace(adafactor, shaped, maxGradientNorm),
  );
}

/** Binds parameters to stochastic gradient descent, as torch.optim.SGD. Arguments and errors are those of `bindAdamW`. */
export async function bindSgd(
  parameters: TrainableModel | readonly NamedVariable[],
  options: BindOptions<SgdOptions> = {},
): Promise<BoundOptimizer> {
  return await bound('bindSgd', parameters, options, SGD_RULES, (shaped, { maxGradientNorm, ...momentum }) =>
    inPlace(sgd(momentum), shaped, maxGradientNorm),
  );
}

interface Made {
  readonly optimizer: Optimizer;
  readonly momentShapes: MomentShapes;
}

const inPlace = (rule: UpdateRule, shaped: readonly ShapedParameter[], maxNorm: number | null): Made => ({
  optimizer: inPlaceOptimizer(rule, shaped, maxNorm),
  momentShapes: (shape) => rule.momentShapes(shape),
});

async function bound<Options extends Group>(
  caller: string,
  parameters: TrainableModel | readonly NamedVariable[],
  given: BindOptions<Partial<Options>>,
  rules: OptionRules<Options>,
  make: (shaped: readonly ShapedParameter[], options: Options) => Made,
): Promise<BoundOptimizer> {
  checkArguments(caller, { parameters: PARAMETERS, options: OPTIONS }, { parameters, options: given });
  const { settingsFor = withoutDecay, ...shared } = given;
  checkArguments(caller, { settingsFor: aCall }, { settingsFor });
  const named = isModel(parameters) ? trainableOf(parameters) : parameters;
  requireDistinct(caller, named);
  const options = resolveOptions<Options>(caller, rules, shared);
  const { learningRate, weightDecay } = options;
  const shaped = await Promise.all(
    named.map(async ([name, variable]) => ({
      ...resolveOptions(caller, GROUP_RULES, { learningRate, weightDecay, ...settingsFor(name) }),
      values: (await variable.data()) as Float32Array,
      shape: variable.shape,
    })),
  );
  const { optimizer, momentShapes } = make(shaped, options);
  named.forEach(([, variable], index) => {
    const view = tensorOver(optimizer.parameters[index] as Float32Array, variable.shape);
    variable.assign(view);
    view.dispose();
  });
  return new BoundOptimizer(named, optimizer, momentShapes);
}

function trainableOf(model: TrainableModel): NamedVariable[] {
  const trainable = new Set(model.trainableVariables());
  return model.namedParameters().filter(([, variable]) => trainable.has(variable));
}

function requireDistinct(caller: string, parameters: readonly NamedVariable[]): void {
  if (parameters.length === 0) throw new InputError(`${caller}: there is no trainable parameter`);
  const names = new Set<string>();
  const variables = new Map<tf.Variable, string>();
  for (const [name, variable] of parameters) {
    if (names.has(name)) throw new InputError(`${caller}: two parameters are named ${name}`);
    const other = variables.get(variable);
    if (other !== undefined) throw new InputError(`${caller}: ${other} and ${name} are the same variable`);
    if (variable.dtype !== 'float32') {
      throw new InputError(`${caller}: ${name} has the type ${variable.dtype}; expected float32`);
    }
    names.add(name);
    variables.set(variable, name);
  }
}

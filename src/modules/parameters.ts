import type * as tf from '@tensorflow/tfjs';
import { type ArgumentRule, aString, checkArguments, isObject, listOf, optional } from '../arguments.js';
import { UsageError } from '../errors.js';
import { isTensor } from '../is-tensor.js';

/**
 * The initial values of a parameter. `uniform`: between -bound and bound. `normal`: around 0 with this standard
 * deviation.
 */
export type Initial =
  | { readonly kind: 'zeros' | 'ones' }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly deviation: number };

export interface ParameterSpec {
  /** The name in the weights file that the reference writes. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
  /** Other names for the same tensor in checkpoints. The first one found is used. */
  readonly aliases?: readonly string[];
  /** false for a counter or a frozen table, which no optimizer changes. */
  readonly trainable?: boolean;
  readonly dtype?: 'float32' | 'int32';
  /** Its name in the reference's `named_parameters` within its module. Default: `name`. */
  readonly parameterName?: string;
  /** Whether it is state that `named_parameters` does not list, such as a counter. It is saved like a parameter. */
  readonly buffer?: boolean;
  /** Whether it is the matrix of a linear layer, which an adapter may be added to. */
  readonly linear?: boolean;
  /** Whether no output depends on it. A checkpoint may lack it: the reference then makes a new one and saves it. */
  readonly unused?: boolean;
}

/** How linear layers with an adapter use it: they add `scaling * B A drop(x)`. */
export interface LowRank {
  readonly scaling: number;
  /** Dropout for the input of the adapter. */
  readonly drop: (x: tf.Tensor2D) => tf.Tensor2D;
}

const VARIABLES: ArgumentRule = {
  expects: 'a Map of variables by their names',
  accepts: (value) =>
    value instanceof Map &&
    [...value].every(([name, variable]) => typeof name === 'string' && isTensor(variable)),
};
const isSpec = (value: unknown): boolean =>
  isObject(value) && typeof (value as Partial<ParameterSpec>).name === 'string';
const SPECS = optional(listOf('a list of specifications { name, shape, initial }', isSpec));

/**
 * The parameters of a module, or those whose names begin with a prefix. A module of your own has them as its
 * `parameters`: they are saved, trained and disposed with the encoder.
 *
 *     new Parameters(new Map([['scale', tf.variable(tf.ones([30522]))]]))
 */
export class Parameters {
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #specs: readonly ParameterSpec[] | undefined;
  readonly #prefix: string;
  #lowRank: LowRank | undefined;

  /**
   * @param variables the variables by their names in the weights file
   * @param specs the specifications of the variables, in the reference's order. Default: all are parameters with these
   *   names
   * @param prefix of the names that this is about
   * @throws InputError for anything else
   */
  constructor(variables: ReadonlyMap<string, tf.Variable>, specs?: readonly ParameterSpec[], prefix = '') {
    checkArguments('Parameters', { prefix: aString }, { prefix });
    // What has a prefix was checked without one.
    if (prefix === '') {
      checkArguments('Parameters', { variables: VARIABLES, specs: SPECS }, { variables, specs });
    }
    this.#variables = variables;
    this.#specs = specs;
    this.#prefix = prefix;
  }

  /** @throws UsageError if there is no parameter of this name */
  get(name: string): tf.Variable {
    checkArguments('Parameters.get', { name: aString }, { name });
    const variable = this.#variables.get(this.#prefix + name);
    if (variable === undefined) throw new UsageError(`there is no parameter ${this.#prefix}${name}`);
    return variable;
  }

  has(name: string): boolean {
    checkArguments('Parameters.has', { name: aString }, { name });
    return this.#variables.has(this.#prefix + name);
  }

  /** The parameters whose names begin with `prefix.`, by the rest of their names. */
  under(prefix: string): Parameters {
    checkArguments('Parameters.under', { prefix: aString }, { prefix });
    return this.#again(`${this.#prefix}${prefix}.`, this.#lowRank);
  }

  /** The specifications of all variables, whatever the prefix. @internal */
  get specifications(): readonly ParameterSpec[] {
    return this.#specs ?? [];
  }

  /** How layers use the matrices of an adapter among these parameters; undefined if there is no adapter. @internal */
  get lowRank(): LowRank | undefined {
    return this.#lowRank;
  }

  /** The same parameters, used with an adapter. @internal */
  withLowRank(lowRank: LowRank): Parameters {
    return this.#again(this.#prefix, lowRank);
  }

  #again(prefix: string, lowRank: LowRank | undefined): Parameters {
    const again = new Parameters(this.#variables, this.#specs, prefix);
    again.#lowRank = lowRank;
    return again;
  }

  /** As in the reference's `named_parameters`: its names, in its order, without buffers. */
  named(): [string, tf.Variable][] {
    if (this.#specs === undefined) return [...this.#variables];
    return this.#specs.flatMap(({ name, parameterName = name, buffer = false }) => {
      const variable = this.#variables.get(name);
      return buffer || variable === undefined
        ? []
        : [[parameterName, variable] satisfies [string, tf.Variable]];
    });
  }

  /** The variables that training changes, without those that are frozen or that no output depends on. */
  trainable(): tf.Variable[] {
    const unused = new Set((this.#specs ?? []).flatMap((spec) => (spec.unused === true ? [spec.name] : [])));
    return [...this.#variables].flatMap(([name, variable]) =>
      variable.trainable && !unused.has(name) ? [variable] : [],
    );
  }

  /** Names in the weights file and their variables, including buffers, in the order of the module's specification. */
  entries(): [string, tf.Variable][] {
    return [...this.#variables].flatMap(([name, variable]) =>
      name.startsWith(this.#prefix)
        ? [[name.slice(this.#prefix.length), variable] as [string, tf.Variable]]
        : [],
    );
  }
}

import type * as tf from '@tensorflow/tfjs';

/** How a new parameter begins. `uniform`: between -bound and bound. `normal`: of this standard deviation around 0. */
export type Initial =
  | { readonly kind: 'zeros' | 'ones' }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly deviation: number };

export interface ParameterSpec {
  /** As in the weights file that the reference writes. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
  /** Other names under which checkpoints hold the same tensor; the first one found is taken. */
  readonly aliases?: readonly string[];
  /** false: a counter or a frozen table, which no optimizer changes. */
  readonly trainable?: boolean;
  readonly dtype?: 'float32' | 'int32';
}

/** The parameters of a module, or those whose names begin with a prefix. */
export class Parameters {
  private readonly variables: ReadonlyMap<string, tf.Variable>;
  private readonly prefix: string;

  constructor(variables: ReadonlyMap<string, tf.Variable>, prefix = '') {
    this.variables = variables;
    this.prefix = prefix;
  }

  /** @throws RangeError where there is none of this name */
  get(name: string): tf.Variable {
    const variable = this.variables.get(this.prefix + name);
    if (variable === undefined) throw new RangeError(`there is no parameter ${this.prefix}${name}`);
    return variable;
  }

  has(name: string): boolean {
    return this.variables.has(this.prefix + name);
  }

  /** Those whose names begin with `prefix.`, by the rest of their names. */
  under(prefix: string): Parameters {
    return new Parameters(this.variables, `${this.prefix}${prefix}.`);
  }

  /** Names and variables in the order of the module's specification. */
  entries(): [string, tf.Variable][] {
    return [...this.variables].flatMap(([name, variable]) =>
      name.startsWith(this.prefix)
        ? [[name.slice(this.prefix.length), variable] as [string, tf.Variable]]
        : [],
    );
  }
}

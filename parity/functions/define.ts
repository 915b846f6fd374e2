import type { tf } from '../../src/tf.js';
import type { CommandPort } from './command-port.js';
import type { Drawn, InputSpecs } from './input-spec.js';
import type { ModulePort } from './module-port.js';
import type { Dimensions } from './sizes.js';

/** What a function under test may return: tensors and plain values, nested. */
export type FunctionResult =
  | tf.Tensor
  | number
  | boolean
  | string
  | null
  | readonly FunctionResult[]
  | { readonly [name: string]: FunctionResult };

/** A function of the reference, or a module with weights. */
export interface ReferenceSpec {
  /** `module:attribute`, as `torch.nn.functional:huber_loss`; for a module with weights its class. */
  readonly call: string;
  /** Inputs that Python takes by position, in this order. Default: all by name. */
  readonly positional?: readonly string[];
  /** Python's names for inputs that have another name there. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Further arguments, the same in every case. */
  readonly fixed?: Readonly<Record<string, string | number | boolean | null>>;
  /** Arguments of the constructor, if `call` names a class of modules. */
  readonly construct?: Readonly<Record<string, string | number | boolean | null>>;
  /**
   * A Python function that gives the truth: `module:attribute` of one that computes in float64, or `{ mpmath:
   * 'module:attribute' }` of a function of single numbers, which is computed with 50 digits. Default: `call` in float64.
   */
  readonly truth?: string | { readonly mpmath: string };
}

export type Level = 'off' | 'warn' | 'error';

/** A limit and what happens beyond it. */
export interface Limit {
  readonly limit: number;
  readonly level?: Level;
}

/** The limits of a comparison. */
export interface Budgets {
  /** Our largest error divided by that of the reference in float32, both measured against the truth. Default: 16. */
  readonly ratio?: Limit;
  /**
   * Which numbers are zero has to agree, except for numbers smaller than this share of the largest one. Default: off.
   */
  readonly supportBand?: Limit;
  /** The largest distance of a number from the truth, in steps of float32 at that number. Default: off. */
  readonly ulps?: Limit;
}

/** What is compared with the reference: a function of tfjs tensors, a program in another language, a module with weights. */
export type Subject<Input = never> = ((inputs: Input) => FunctionResult) | CommandPort | ModulePort;

/** A function to compare with its reference. `target` types the inputs of `ours`. */
export interface Target<Inputs extends InputSpecs = InputSpecs, Input = never> {
  /** Default: the name of the reference. */
  readonly name?: string;
  /** Your function. It receives all inputs as one object and returns tensors or plain values. */
  readonly ours: Subject<Input>;
  readonly reference: string | ReferenceSpec;
  readonly inputs: Inputs;
  /** Dimensions that inputs share. */
  readonly dims?: Dimensions;
  /** Tensors whose gradients are compared, as paths: `input`, `options.weight`. Default: none. */
  readonly gradients?: readonly string[];
  /** Inputs that both sides have to refuse: a name for each, with the inputs that differ. */
  readonly refused?: Readonly<Record<string, Partial<Inputs>>>;
  /** Whether some cases have NaN and infinities. Default: false. */
  readonly nonFinite?: boolean;
  readonly budgets?: Budgets;
  /** Wrong variants of `ours`, by what is wrong with them. Each has to be caught. */
  readonly mutants?: Readonly<Record<string, Subject<Input>>>;
  /** Cases of this target. Default: that of the run. */
  readonly cases?: number;
}

/** What `sparse-encoder-parity run` compares. */
export interface ParityConfig {
  readonly python?: {
    /** A requirements file of pip, relative to the configuration. */
    readonly requirements?: string;
    /** An interpreter with your packages. Default: an environment that is made once. */
    readonly interpreter?: string;
    /** Folders of Python modules of your own, relative to the configuration. Default: the configuration's folder. */
    readonly path?: readonly string[];
  };
  readonly targets: readonly Target[];
  /** Cases for each target. Default: 60. */
  readonly cases?: number;
  readonly seed?: number;
  readonly budgets?: Budgets;
}

/**
 * A target whose function receives typed inputs. It returns what it is given.
 *
 * @example
 *   target({
 *     ours: ({ x }) => tf.relu(x),
 *     reference: 'torch.nn.functional:relu',
 *     inputs: { x: matrix({ rows: [1, 8], columns: 4, kinks: [0] }) },
 *   });
 */
export const target = <const Inputs extends InputSpecs>(given: Target<Inputs, Drawn<Inputs>>): Target =>
  given;

/**
 * Describes what `sparse-encoder-parity run` compares. It returns what it is given.
 *
 * @example
 *   export default defineParity({
 *     targets: [
 *       target({
 *         ours: ({ input, target }) => tf.losses.huberLoss(target, input),
 *         reference: 'torch.nn.functional:huber_loss',
 *         inputs: { input: matrix({ rows: [1, 8], columns: [1, 64] }), target: sameAs('input') },
 *         gradients: ['input'],
 *       }),
 *     ],
 *   });
 */
export const defineParity = (config: ParityConfig): ParityConfig => config;

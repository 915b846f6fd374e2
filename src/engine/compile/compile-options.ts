import type * as tf from '@tensorflow/tfjs';
import { isTensor } from '../../is-tensor.js';
import { aText, flag, nullable, type OptionRule, type OptionRules, resolveGiven } from '../../options.js';
import type { DimensionNames } from './structure.js';

export interface CompileOptions {
  /** Names the program in errors, and the graph in its ONNX file. Default: the function's own name. */
  readonly name?: string;
  /**
   * Names for dimensions of the tensors among the arguments, in their order; null is fixed. One program then serves
   * every size of a named dimension: `[['batch', 'length'], ['batch', 'length']]`.
   */
  readonly dimensions?: DimensionNames;
  /**
   * Whether variables and captured tensors are constants: the program then holds what they hold when it is recorded, and
   * ONNX Runtime can arrange them for speed once. Otherwise (the default) each call reads what they hold by then.
   */
  readonly frozen?: boolean;
  /**
   * Objects whose fields the function reads. A call that finds another value in a field than the function read records the
   * function anew. Losses and encoders need not be named.
   */
  readonly stateful?: readonly object[];
  /**
   * The variables that the function uses. Those of another backend are moved to the onnx engine. Default: all variables of
   * the process.
   */
  readonly variables?: readonly tf.Variable[];
  /**
   * Whether the function is recorded at every call, and a program refused that is not the function's any more: for tests,
   * to find what `compile` cannot see. Default false.
   */
  readonly check?: boolean;
}

const aList = <T>(expects: string, holds: (item: unknown) => boolean): OptionRule<T> => ({
  expects,
  accepts: (value) => Array.isArray(value) && value.every(holds),
});

const isName = (item: unknown): boolean => item === null || typeof item === 'string';

const RULES: OptionRules<{ readonly [K in keyof CompileOptions]-?: CompileOptions[K] | null }> = {
  name: nullable(aText),
  dimensions: nullable(
    aList<DimensionNames>(
      "a list with a row for each tensor, as [['batch', 'length'], ['batch', null]]",
      (row) => Array.isArray(row) && row.every(isName),
    ),
  ),
  frozen: flag(false),
  stateful: nullable(aList<readonly object[]>('a list of objects', (item) => Object(item) === item)),
  variables: nullable(aList<readonly tf.Variable[]>('a list of variables', isTensor)),
  check: flag(false),
};

/** @throws OptionError for options that are unknown or of the wrong kind */
export function resolveCompileOptions(options: CompileOptions): CompileOptions {
  return resolveGiven<CompileOptions>('compile', RULES, options);
}

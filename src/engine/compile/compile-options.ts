import type * as tf from '@tensorflow/tfjs';
import { isTensor } from '../../is-tensor.js';
import { aText, flag, nullable, type OptionRule, type OptionRules, resolveGiven } from '../../options.js';
import type { DimensionNames } from './structure.js';

export interface CompileOptions {
  /** Names the program in errors and the graph in its ONNX file. Default: the function's own name. */
  readonly name?: string;
  /**
   * Names for dimensions of the tensors among the arguments, in their order; null is a fixed size. One program then
   * serves every size of a named dimension: `[['batch', 'length'], ['batch', 'length']]`.
   */
  readonly dimensions?: DimensionNames;
  /**
   * Whether variables and captured tensors are constants. The program then holds the values of the time of recording,
   * and ONNX Runtime can rearrange them once for speed. Otherwise (the default) each call reads their current values.
   */
  readonly frozen?: boolean;
  /**
   * Objects whose fields the function reads. If a field has changed since the recording, the next call records the
   * function again. Losses and encoders need not be named.
   */
  readonly stateful?: readonly object[];
  /**
   * The variables that the function uses. Variables of another backend are moved to the onnx engine. Default: all
   * variables of the process.
   */
  readonly variables?: readonly tf.Variable[];
  /**
   * Whether every call records the function again and throws if the program has changed. It is for tests, to find
   * dependencies that `compile` cannot see. Default false.
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

/** @throws OptionError for an option that is unknown or of the wrong type */
export function resolveCompileOptions(options: CompileOptions): CompileOptions {
  return resolveGiven<CompileOptions>('compile', RULES, options);
}

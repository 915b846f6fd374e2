import * as tf from '@tensorflow/tfjs';
import type { Module } from '../modules/module.js';
import type { Parameters } from '../modules/parameters.js';
import type { Task } from '../modules/transformer/transformer-config.js';
import { transformerKind } from '../modules/transformer/transformer.js';
import { TINY_CASES, type TinyCase } from './tiny-cases.js';
import { featuresOf, outputOf, tinyParameters, type Tokens } from './tiny-checkpoints.js';

/** A transformer and its parameters. */
export interface Made {
  readonly module: Module;
  readonly parameters: Parameters;
}

/** The case whose name starts with this text. */
export const find = (name: string): TinyCase =>
  TINY_CASES.find((one) => one.name.startsWith(name)) as TinyCase;

/** Makes the transformer of a case, optionally with other values in its config. */
export function make({ one, task, config = {} }: { one: TinyCase; task: Task; config?: object }): Made {
  const modelConfig = { ...one.config, ...config };
  const read = transformerKind.readConfig({ transformer_task: task }, { modelConfig });
  const parameters = tinyParameters(transformerKind.parameters(read));
  return { module: transformerKind.create(read, parameters), parameters };
}

export const EVAL = { mode: 'eval' } as const;

/** The elements of a tensor. */
export async function numbersOf(tensor: tf.Tensor): Promise<number[]> {
  return [...(await tensor.data())];
}

/** The output at every token of a batch. */
export const run = async (module: Module, tokens: Tokens): Promise<number[]> =>
  await numbersOf(tf.tidy(() => outputOf(module.forward(featuresOf(tokens), EVAL))));

/** The largest difference, relative to the largest expected number. */
export function difference(found: readonly number[], expected: readonly number[]): number {
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? NaN))), 0);
  return found.length === expected.length ? worst / scale : Infinity;
}

/** One text of a batch. */
export const only = (tokens: Tokens, text: number): Tokens =>
  Object.fromEntries(
    Object.entries(tokens).map(([name, rows]: [string, number[][]]) => [name, rows.slice(text, text + 1)]),
  ) as unknown as Tokens;

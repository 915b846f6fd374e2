import { seededRandom } from '../random.js';
import { tf } from '../tf.js';
import type { Module, ModuleKind } from './module.js';
import { type Initial, Parameters, type ParameterSpec } from './parameters.js';

/**
 * New parameters. The same seed gives the same numbers on every engine. PyTorch draws other numbers from this seed,
 * with the same distribution.
 */
export function initialParameters(specs: readonly ParameterSpec[], seed: number): Parameters {
  const uniform = uniformNumbers(seed);
  return new Parameters(new Map(specs.map((spec) => [spec.name, newVariable(spec, uniform)])), specs);
}

/** A module of this kind with new parameters. */
export function newModule<Config>(kind: ModuleKind<Config>, config: Config, seed: number): Module {
  return kind.create(config, initialParameters(kind.parameters(config), seed));
}

/** @param uniform draws numbers in (0, 1). Default: always the same numbers */
export function newVariable(
  { shape, initial, trainable = true, dtype = 'float32' }: ParameterSpec,
  uniform: () => number = uniformNumbers(0),
): tf.Variable {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const elements = dtype === 'int32' ? new Int32Array(size) : new Float32Array(size);
  fill(elements, initial, uniform);
  const tensor = tf.tensor(elements, [...shape], dtype);
  const variable = tf.variable(tensor, trainable);
  tensor.dispose();
  return variable;
}

function fill(elements: Float32Array | Int32Array, initial: Initial, uniform: () => number): void {
  switch (initial.kind) {
    case 'zeros':
      return;
    case 'ones':
      elements.fill(1);
      return;
    case 'uniform':
      for (let i = 0; i < elements.length; i++) elements[i] = (2 * uniform() - 1) * initial.bound;
      return;
    case 'normal':
      for (let i = 0; i < elements.length; i++) elements[i] = initial.deviation * normal(uniform);
  }
}

/** Numbers in (0, 1), excluding both ends. */
function uniformNumbers(seed: number): () => number {
  const random = seededRandom(seed);
  return () => (random.below(2 ** 24) + 0.5) / 2 ** 24;
}

/** Box and Muller: sqrt(-2 ln u) cos(2 pi v) is normal for uniform u and v. */
function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

import type * as tf from '@tensorflow/tfjs';
import { layerNorm } from '../layers/layer-norm.js';
import { linear } from '../layers/linear.js';
import { LORA_A, LORA_B } from '../lora/lora-specs.js';
import type { Parameters, ParameterSpec } from '../parameters.js';

/** A matrix [to, from] as in PyTorch's Linear and Embedding. */
export function matrixSpec(name: string, to: number, from: number, deviation: number): ParameterSpec {
  return { name: `${name}.weight`, shape: [to, from], initial: { kind: 'normal', deviation } };
}

export function linearSpecs(
  name: string,
  to: number,
  from: number,
  deviation: number,
  bias = true,
): ParameterSpec[] {
  const weight: ParameterSpec = { ...matrixSpec(name, to, from, deviation), linear: true };
  return bias ? [weight, biasSpec(`${name}.bias`, to)] : [weight];
}

export function biasSpec(name: string, size: number): ParameterSpec {
  return { name, shape: [size], initial: { kind: 'zeros' } };
}

/** TensorFlow's names, in converted checkpoints. */
const OLD_NAMES = { weight: 'gamma', bias: 'beta' } as const;

export function normSpecs(name: string, width: number, bias = true): ParameterSpec[] {
  const spec = (part: 'weight' | 'bias'): ParameterSpec => ({
    name: `${name}.${part}`,
    shape: [width],
    initial: { kind: part === 'weight' ? 'ones' : 'zeros' },
    aliases: [`${name}.${OLD_NAMES[part]}`],
  });
  return bias ? [spec('weight'), spec('bias')] : [spec('weight')];
}

/** Applies a linear layer by the name of its parameters, with its adapter if it has one. The bias is optional. */
export function applyLinear(parameters: Parameters, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const product = linear(x, parameters.get(`${name}.weight`), optional(parameters, `${name}.bias`));
  const { lowRank } = parameters;
  if (lowRank === undefined || !parameters.has(name + LORA_A)) return product;
  const inner = linear(lowRank.drop(x), parameters.get(name + LORA_A));
  return product.add(linear(inner, parameters.get(name + LORA_B)).mul(lowRank.scaling));
}

export function applyNorm(
  parameters: Parameters,
  name: string,
  epsilon: number,
  x: tf.Tensor2D,
): tf.Tensor2D {
  return layerNorm(x, epsilon, parameters.get(`${name}.weight`), optional(parameters, `${name}.bias`));
}

function optional(parameters: Parameters, name: string): tf.Variable | undefined {
  return parameters.has(name) ? parameters.get(name) : undefined;
}

/** The specs under a prefix, with aliases without it; or without a prefix, with aliases under it. */
export function prefixed(specs: readonly ParameterSpec[], prefix: string): ParameterSpec[] {
  return specs.map((spec) => {
    const { name, aliases = [] } = spec;
    const bare = [name, ...aliases];
    const [first = name, ...others] = bare.map((each) => `${prefix}.${each}`);
    return { ...spec, name: first, aliases: [...others, ...bare] };
  });
}

export function foundUnder(specs: readonly ParameterSpec[], prefix: string): ParameterSpec[] {
  return specs.map((spec) => {
    const { name, aliases = [] } = spec;
    const bare = [name, ...aliases];
    return { ...spec, aliases: [...aliases, ...bare.map((each) => `${prefix}.${each}`)] };
  });
}

import type * as tfjs from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import { Parameters, type ParameterSpec } from '../parameters.js';
import { type LoraBias, type LoraConfig, scalingOf } from './lora-config.js';
import { LORA_A, LORA_B, specsWithAdapter, splitName } from './lora-specs.js';

/**
 * A low-rank adapter (LoRA, https://arxiv.org/abs/2106.09685) of linear layers, each of which then computes
 *
 *     x W^T + b + scaling * drop(x) A^T B^T,   A [r, from], B [to, r]
 *
 * Only A, B and the biases that `bias` names are trained.
 */
export interface Adapter {
  readonly config: LoraConfig;
  readonly scaling: number;
  readonly dropout: number;
  /** The full names of the layers. */
  readonly layers: readonly string[];
  /** The parameters without it. */
  readonly base: Parameters;
  /** The parameters that it has frozen. */
  readonly frozen: readonly tfjs.Variable[];
}

/**
 * Freezes the parameters of a transformer, and adds an adapter to them.
 *
 * @param matrices by name, with their specifications in `specs`
 */
export function attach(
  base: Parameters,
  config: LoraConfig,
  layers: readonly string[],
  specs: readonly ParameterSpec[],
  matrices: Parameters,
): { parameters: Parameters; adapter: Adapter } {
  const isTrained = trainsBias(config.bias, layers);
  const frozen = base
    .entries()
    .flatMap(([name, variable]) => (variable.trainable && !isTrained(name) ? [variable] : []));
  for (const variable of frozen) variable.trainable = false;
  const variables = new Map([...base.entries(), ...matrices.entries()]);
  return {
    parameters: new Parameters(variables, specsWithAdapter(base.specifications, layers, specs)),
    adapter: { config, scaling: scalingOf(config), dropout: config.loraDropout, layers, base, frozen },
  };
}

/** Whether a parameter is a bias that is trained with the adapter, and saved with it. */
export function trainsBias(bias: LoraBias, layers: readonly string[]): (name: string) => boolean {
  const adapted = new Set(layers);
  return (name) => {
    const [layer, part] = splitName(name);
    return part === 'bias' && (bias === 'all' || (bias === 'lora_only' && adapted.has(layer)));
  };
}

/** Adds the adapter's products to the layers' matrices, W + scaling * B A, and thaws what it has frozen. */
export function merge(parameters: Parameters, { layers, scaling, frozen }: Adapter): void {
  for (const layer of layers) {
    const [weight, a, b] = [`${layer}.weight`, layer + LORA_A, layer + LORA_B].map((name) =>
      parameters.get(name),
    ) as [tfjs.Variable, tfjs.Variable, tfjs.Variable];
    tf.tidy(() => weight.assign(weight.add(tf.matMul(b as tfjs.Tensor2D, a as tfjs.Tensor2D).mul(scaling))));
    tf.dispose([a, b]);
  }
  for (const variable of frozen) variable.trainable = true;
}

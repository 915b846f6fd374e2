import type { ParameterSpec } from '../parameters.js';
import type { LoraConfig } from './lora-config.js';

/** What follows the name of a linear layer in the names of its adapter's matrices. */
export const LORA_A = '.lora_A.weight';
export const LORA_B = '.lora_B.weight';

const WEIGHT = '.weight';

/**
 * The matrices that an adapter adds to linear layers: A [r, from], uniform within 1 / sqrt(from), and B [to, r], zeros.
 *
 * @param layers names of linear layers
 */
export function loraSpecs(
  specs: readonly ParameterSpec[],
  layers: readonly string[],
  { r, initLoraWeights }: Pick<LoraConfig, 'r' | 'initLoraWeights'>,
): ParameterSpec[] {
  const chosen = new Set(layers.map((layer) => layer + WEIGHT));
  return specs.flatMap((spec) => {
    if (!chosen.has(spec.name)) return [];
    const [to = 0, from = 0] = spec.shape;
    const uniform = (width: number): ParameterSpec['initial'] => ({
      kind: 'uniform',
      bound: 1 / Math.sqrt(width),
    });
    const part = (name: string, shape: number[], initial: ParameterSpec['initial']): ParameterSpec => ({
      name: nameIn(spec.name, name),
      parameterName: nameIn(spec.parameterName ?? spec.name, name.replace(WEIGHT, '.default.weight')),
      shape,
      initial,
      ...(spec.unused !== undefined && { unused: spec.unused }),
    });
    return [
      part(
        LORA_A,
        [r, from],
        initLoraWeights === 'gaussian' ? { kind: 'normal', deviation: 1 / r } : uniform(from),
      ),
      part(LORA_B, [to, r], initLoraWeights === false ? uniform(r) : { kind: 'zeros' }),
    ];
  });
}

/**
 * The specifications of all parameters with an adapter, in the reference's order: the matrices of a layer follow its own
 * parameters, which `named_parameters` lists under `base_layer`.
 */
export function specsWithAdapter(
  specs: readonly ParameterSpec[],
  layers: readonly string[],
  added: readonly ParameterSpec[],
): ParameterSpec[] {
  const names = new Set(specs.map(({ name }) => name));
  const chosen = new Set(layers);
  return specs.flatMap((spec) => {
    const [layer, part] = splitName(spec.name);
    if (!chosen.has(layer)) return [spec];
    const [path, last] = splitName(spec.parameterName ?? spec.name);
    const renamed = { ...spec, parameterName: `${path}.base_layer.${last}` };
    const isLast = part === 'bias' || !names.has(`${layer}.bias`);
    const own = added.filter(({ name }) => name === layer + LORA_A || name === layer + LORA_B);
    return isLast ? [renamed, ...own] : [renamed];
  });
}

const nameIn = (weight: string, part: string): string => weight.slice(0, -WEIGHT.length) + part;

/** The name of a layer and that of its parameter. */
export function splitName(name: string): [layer: string, part: string] {
  const at = name.lastIndexOf('.');
  return [name.slice(0, at), name.slice(at + 1)];
}

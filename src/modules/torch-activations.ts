import { relu } from '../ops/relu.js';
import { tf } from '../tf.js';
import { type Activation, activation } from './layers/activations.js';

const inModule = (module: string, apply: Activation): { path: string; apply: Activation } => ({
  path: `torch.nn.modules.${module}`,
  apply,
});

/** PyTorch's activations without arguments, by the names of their classes. */
export const TORCH_ACTIVATIONS = {
  Identity: inModule('linear', (x) => x),
  Tanh: inModule('activation', (x) => tf.tanh(x)),
  ReLU: inModule('activation', relu),
  LeakyReLU: inModule('activation', (x) => tf.leakyRelu(x, 0.01)),
  ELU: inModule('activation', (x) => tf.elu(x)),
  GELU: inModule('activation', activation('gelu')),
  SiLU: inModule('activation', activation('silu')),
  Sigmoid: inModule('activation', (x) => tf.sigmoid(x)),
  Softplus: inModule('activation', (x) => tf.softplus(x)),
} as const satisfies Record<string, { path: string; apply: Activation }>;

export type TorchActivation = keyof typeof TORCH_ACTIVATIONS;

export const TORCH_ACTIVATION_NAMES = Object.keys(TORCH_ACTIVATIONS) as TorchActivation[];

/** The class as in files, `torch.nn.modules.activation.Tanh`. */
export function activationPath(name: TorchActivation): string {
  return `${TORCH_ACTIVATIONS[name].path}.${name}`;
}

/** undefined for a class that is not in the table */
export function activationOf(path: unknown): TorchActivation | undefined {
  return TORCH_ACTIVATION_NAMES.find((name) => path === activationPath(name) || path === `torch.nn.${name}`);
}

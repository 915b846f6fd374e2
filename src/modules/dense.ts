import { InputError } from '../errors.js';
import type { Features } from '../features.js';
import { isTensor } from '../is-tensor.js';
import { countFrom, flag, nullable, oneOf, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkForward } from './check-forward.js';
import { namedFlow, widthAt } from './flow.js';
import { newModule } from './initial-parameters.js';
import type { Module, ModuleKind } from './module.js';
import { featureName, type NormalizeConfig } from './normalize.js';
import type { Parameters, ParameterSpec } from './parameters.js';
import { readConfig, writeConfig } from './read-config.js';
import { camelCase } from './reference-names.js';
import {
  TORCH_ACTIVATION_NAMES,
  TORCH_ACTIVATIONS,
  type TorchActivation,
  activationOf,
  activationPath,
} from './torch-activations.js';

export interface DenseConfig extends NormalizeConfig {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Default true. */
  readonly bias: boolean;
  /** A class of torch.nn. Default `Tanh`. */
  readonly activationFunction: TorchActivation;
  /** Whether to add the input to the output, projected if the widths differ. Default false. */
  readonly useResidual: boolean;
}

export type DenseOptions = Pick<DenseConfig, 'inFeatures' | 'outFeatures'> & Partial<DenseConfig>;

const NAME = 'Dense';

const OPTIONS: OptionRules<DenseConfig> = {
  inFeatures: countFrom(1),
  outFeatures: countFrom(1),
  bias: flag(true),
  activationFunction: oneOf(TORCH_ACTIVATION_NAMES, 'Tanh'),
  moduleInputName: featureName('sentence_embedding'),
  moduleOutputName: nullable(featureName()),
  useResidual: flag(false),
};

const FILE: OptionRules<Omit<DenseConfig, 'activationFunction'> & { activationFunction: string }> = {
  ...OPTIONS,
  activationFunction: {
    default: activationPath('Tanh'),
    expects: `one of ${TORCH_ACTIVATION_NAMES.map((name) => `"${activationPath(name)}"`).join(', ')}`,
    accepts: (value) => activationOf(value) !== undefined,
  },
};

/**
 * activation(x W^T + b), with a residual + x or + x R^T, for the embedding of a text or of each token.
 *
 * An activation that is not in the table is refused. (The reference warns about one that is not from PyTorch, takes
 * Tanh instead, and so encodes differently from the trained model.)
 */
class Dense implements Module {
  readonly kind: ModuleKind<DenseConfig> = denseKind;
  readonly parameters: Parameters;
  readonly dimension: number;
  readonly #config: DenseConfig;
  readonly #output: string;

  constructor(config: DenseConfig, parameters: Parameters) {
    this.parameters = parameters;
    this.dimension = config.outFeatures;
    this.#config = config;
    this.#output = config.moduleOutputName ?? config.moduleInputName;
  }

  config(): Record<string, unknown> {
    const { useResidual, activationFunction, ...rest } = this.#config;
    return writeConfig({
      inFeatures: rest.inFeatures,
      outFeatures: rest.outFeatures,
      bias: rest.bias,
      activationFunction: activationPath(activationFunction),
      moduleInputName: rest.moduleInputName,
      moduleOutputName: this.#output,
      // As in the reference: its older releases do not know the key.
      ...(useResidual && { useResidual }),
    });
  }

  forward(features: Features): Features {
    checkForward(NAME, features);
    const { moduleInputName, inFeatures, outFeatures } = this.#config;
    const x = features[camelCase(moduleInputName)];
    if (!isTensor(x) || x.shape.at(-1) !== inFeatures) {
      const found = isTensor(x) ? `of shape [${x.shape.join(', ')}]` : 'missing';
      throw new InputError(`${NAME}: ${moduleInputName} is ${found}; expected [..., ${inFeatures}]`);
    }
    const output = tf.tidy(() =>
      this.#project(x.reshape([-1, inFeatures])).reshape([...x.shape.slice(0, -1), outFeatures]),
    );
    return { ...features, [camelCase(this.#output)]: output };
  }

  #project(x: tf.Tensor2D): tf.Tensor {
    const { bias, activationFunction, useResidual } = this.#config;
    const product: tf.Tensor2D = tf.matMul(x, this.#matrix('linear.weight'), false, true);
    const linear = bias ? product.add<tf.Tensor2D>(this.parameters.get('linear.bias')) : product;
    const activated = TORCH_ACTIVATIONS[activationFunction].apply(linear);
    if (!useResidual) return activated;
    return activated.add(
      hasProjection(this.#config) ? tf.matMul(x, this.#matrix('residual.weight'), false, true) : x,
    );
  }

  #matrix(name: string): tf.Tensor2D {
    return this.parameters.get(name) as tf.Tensor as tf.Tensor2D;
  }
}

const hasProjection = ({ useResidual, inFeatures, outFeatures }: DenseConfig): boolean =>
  useResidual && inFeatures !== outFeatures;

export const denseKind: ModuleKind<DenseConfig> = {
  name: NAME,
  path: 'sentence_transformers.base.modules.dense',
  configFile: 'config.json',
  readConfig: (json) => {
    const config = readConfig(NAME, FILE, json, 'left out');
    return { ...config, activationFunction: activationOf(config.activationFunction) ?? 'Tanh' };
  },
  parameters: (config) => {
    const { inFeatures, outFeatures, bias } = config;
    const initial = { kind: 'uniform', bound: 1 / Math.sqrt(inFeatures) } as const;
    const matrix = (name: string): ParameterSpec => ({ name, shape: [outFeatures, inFeatures], initial });
    return [
      matrix('linear.weight'),
      ...(bias ? [{ name: 'linear.bias', shape: [outFeatures], initial }] : []),
      ...(hasProjection(config) ? [matrix('residual.weight')] : []),
    ];
  },
  create: (config, parameters) => new Dense(config, parameters),
  flow: (config) => ({ ...namedFlow(config), inputWidth: widthAt(config, 'in_features') }),
};

/**
 * A new dense layer.
 *
 * @throws OptionError if an option is unknown, missing or out of range
 */
export function dense(options: DenseOptions, seed = 0): Module {
  return newModule(denseKind, resolveOptions(NAME, OPTIONS, options), seed);
}

import type { Features } from '../features.js';
import { isTensor } from '../is-tensor.js';
import { normalizeRows } from '../ops/norm.js';
import { nullable, type OptionRule, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkForward } from './check-forward.js';
import { namedFlow } from './flow.js';
import { newModule } from './initial-parameters.js';
import type { Module, ModuleKind } from './module.js';
import type { Parameters } from './parameters.js';
import { readConfig, writeConfig } from './read-config.js';
import { camelCase } from './reference-names.js';

export interface NormalizeConfig {
  /** The feature to read, by its name in files. Default `sentence_embedding`. */
  readonly moduleInputName: string;
  /** The feature to write; null (the default) means the feature that is read. */
  readonly moduleOutputName: string | null;
}

const NAME = 'Normalize';

export const featureName = (fallback?: string): OptionRule<string> => ({
  ...(fallback !== undefined && { default: fallback }),
  expects: 'the name of a feature',
  accepts: (value) => typeof value === 'string' && value !== '',
});

const OPTIONS: OptionRules<NormalizeConfig> = {
  moduleInputName: featureName('sentence_embedding'),
  moduleOutputName: nullable(featureName()),
};

/**
 * x / max(|x|, 1e-12) for the embedding of a text or of each token. Without the input feature, the features stay
 * unchanged.
 */
class Normalize implements Module {
  readonly kind: ModuleKind<NormalizeConfig> = normalizeKind;
  readonly parameters: Parameters;
  readonly #input: string;
  readonly #output: string;

  constructor({ moduleInputName, moduleOutputName }: NormalizeConfig, parameters: Parameters) {
    this.parameters = parameters;
    this.#input = moduleInputName;
    this.#output = moduleOutputName ?? moduleInputName;
  }

  config(): Record<string, unknown> {
    return writeConfig({ moduleInputName: this.#input, moduleOutputName: this.#output });
  }

  forward(features: Features): Features {
    checkForward(NAME, features);
    const x = features[camelCase(this.#input)];
    if (!isTensor(x)) return features;
    const rows = tf.tidy(() => normalizeRows(x.reshape([-1, x.shape.at(-1) ?? 1])).reshape(x.shape));
    return { ...features, [camelCase(this.#output)]: rows };
  }
}

export const normalizeKind: ModuleKind<NormalizeConfig> = {
  name: NAME,
  path: 'sentence_transformers.base.modules.normalize',
  configFile: 'config.json',
  readConfig: (json) => readConfig(NAME, OPTIONS, json, 'left out'),
  parameters: () => [],
  create: (config, parameters) => new Normalize(config, parameters),
  flow: namedFlow,
  // Git stores no empty folders, so the module's folder may be missing.
  needsNoConfig: true,
};

/** @throws OptionError if an option is unknown or not a name */
export function normalize(options?: Partial<NormalizeConfig>): Module {
  return newModule(normalizeKind, resolveOptions(NAME, OPTIONS, options), 0);
}

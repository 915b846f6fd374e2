import { onEncodingEngine } from '../engine/set-engine.js';
import { UsageError } from '../errors.js';
import { initialParameters } from '../modules/initial-parameters.js';
import { attach, merge } from '../modules/lora/adapter.js';
import { type LoraOptions, resolveLoraOptions } from '../modules/lora/lora-config.js';
import { loraSpecs } from '../modules/lora/lora-specs.js';
import { loraTargets, requireLayers } from '../modules/lora/lora-targets.js';
import type { Module } from '../modules/module.js';
import { Transformer } from '../modules/transformer/transformer.js';
import { leavesOf } from './module-tree.js';

/**
 * Adds an adapter to the transformer of these modules; if there are several, to the first one, as in the reference.
 *
 * @throws OptionError if an option is unknown or of the wrong type, or a target module fits no linear layer
 * @throws UsageError if there is no transformer, or it already has an adapter
 */
export function addAdapter(modules: readonly Module[], options: LoraOptions, seed: number): void {
  const given = resolveLoraOptions('addAdapter', options);
  const transformer = transformersOf(modules)[0];
  if (transformer === undefined) {
    throw new UsageError('addAdapter: this model has no transformer, which an adapter needs');
  }
  if (transformer.adapter !== undefined) {
    throw new UsageError(
      'addAdapter: this model already has an adapter; call mergeAdapter first, which makes it part of the weights',
    );
  }
  const { parameters: base, modelConfig } = transformer;
  requireLayers('addAdapter', given, base.specifications);
  const { layers, targetModules } = loraTargets(
    'addAdapter',
    given,
    base.specifications,
    modelConfig['model_type'],
  );
  const config = { ...given, targetModules };
  const specs = loraSpecs(base.specifications, layers, config);
  const matrices = onEncodingEngine(() => initialParameters(specs, seed));
  Object.assign(transformer, attach(base, config, layers, specs, matrices));
}

/**
 * Makes the adapter part of the transformer's weights.
 *
 * @throws UsageError if there is no adapter
 */
export function mergeAdapter(modules: readonly Module[]): void {
  const transformer = adaptedIn(modules);
  if (transformer?.adapter === undefined) {
    throw new UsageError('mergeAdapter: this model has no adapter; addAdapter adds one');
  }
  const { adapter, parameters } = transformer;
  onEncodingEngine(() => merge(parameters, adapter));
  transformer.parameters = adapter.base;
  transformer.adapter = undefined;
}

/** The transformer that has an adapter. */
export function adaptedIn(modules: readonly Module[]): Transformer | undefined {
  return transformersOf(modules).find(({ adapter }) => adapter !== undefined);
}

function transformersOf(modules: readonly Module[]): Transformer[] {
  return leavesOf(modules).flatMap(({ module }) => (module instanceof Transformer ? [module] : []));
}

import { forwardThrough } from '../../../src/encoder/inference.js';
import type { Features } from '../../../src/features.js';
import type { Module } from '../../../src/modules/module.js';
import type { Parameters, ParameterSpec } from '../../../src/modules/parameters.js';
import { spladePooling } from '../../../src/modules/splade-pooling.js';
import { type TransformerConfig, transformerKind } from '../../../src/modules/transformer/transformer.js';
import type { StepCase } from './spec.js';

/** BertForMaskedLM's parameters, in the order of their names. */
export function parameterSpecs(spec: StepCase): readonly ParameterSpec[] {
  const specs = transformerKind.parameters(configOf(spec));
  return specs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** From token ids to SPLADE embeddings. */
export function spladeModel(spec: StepCase, parameters: Parameters): (texts: Features) => Features {
  const modules = spladeModules(spec, parameters);
  return (texts) => forwardThrough(modules, texts, { mode: 'train' });
}

export function spladeModules(spec: StepCase, parameters: Parameters): Module[] {
  return [transformerKind.create(configOf(spec), parameters), spladePooling()];
}

/** As `build_model` in reference.py. */
function configOf(spec: StepCase): TransformerConfig {
  const modelConfig = {
    model_type: 'bert',
    vocab_size: spec.vocabulary,
    hidden_size: spec.hidden,
    num_hidden_layers: spec.layers,
    num_attention_heads: spec.heads,
    intermediate_size: spec.intermediate,
    max_position_embeddings: spec.positions,
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
  };
  return transformerKind.readConfig({ transformer_task: 'fill-mask' }, { modelConfig });
}

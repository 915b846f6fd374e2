import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { bertFields } from './bert-config.js';
import type { Architecture, Encoder } from './encoder.js';
import { count, layerCount, only, readModelConfig, requireConsistent } from './model-config.js';
import { poolerSpecs } from './pooler.js';
import { postNormModel } from './post-norm-model.js';
import type { LayerNames } from './post-norm.js';

const LAYERS: LayerNames = {
  query: 'attention.query',
  key: 'attention.key',
  value: 'attention.value',
  attentionOutput: 'attention.dense',
  attentionNorm: 'attention.LayerNorm',
  widen: 'ffn',
  narrow: 'ffn_output',
  outputNorm: 'full_layer_layer_norm',
  outputNormFirst: true,
};

const HEAD = {
  dense: 'predictions.dense',
  norm: 'predictions.LayerNorm',
  decoder: 'predictions.decoder',
  tiedBias: 'predictions.bias',
  normFirst: true,
};

const schema = z.object({
  ...bertFields({
    vocab_size: 30000,
    hidden_size: 4096,
    num_attention_heads: 64,
    intermediate_size: 16384,
    hidden_act: 'gelu_new',
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    pad_token_id: 0,
  }),
  embedding_size: count.default(128),
  num_hidden_groups: layerCount.default(1),
  inner_group_num: layerCount.default(1),
  position_embedding_type: only('absolute'),
});

/** BERT whose layers share parameters, with narrower embeddings: https://arxiv.org/abs/1909.11942 */
export const albert: Architecture = {
  prefix: 'albert',
  read(modelConfig): Encoder {
    const config = readModelConfig(schema, modelConfig);
    const { vocab_size: vocabularySize, hidden_size: width, num_attention_heads: heads } = config;
    const { hidden_dropout_prob: dropout, initializer_range: deviation } = config;
    const padding = config.pad_token_id ?? undefined;
    requireConsistent({ width, heads, padding, vocabularySize });
    return postNormModel({
      vocabularySize,
      width,
      epsilon: config.layer_norm_eps,
      deviation,
      embeddings: {
        positions: config.max_position_embeddings,
        types: config.type_vocab_size,
        padding,
        count: 'place',
        dropout,
      },
      factorization: { width: config.embedding_size, projection: 'encoder.embedding_hidden_mapping_in' },
      layers: {
        names: LAYERS,
        layers: layersOf(config),
        heads,
        wide: config.intermediate_size,
        activation: config.hidden_act,
        dropout: {
          probabilities: config.attention_probs_dropout_prob,
          attentionOutput: dropout,
          output: 0,
        },
      },
      head: { names: HEAD, activation: config.hidden_act, tied: config.tie_word_embeddings },
      unused: poolerSpecs(width, deviation, 'pooler'),
    });
  },
};

/**
 * The groups, of `inner_group_num` layers each, split the hidden layers evenly. All layers of a group share parameters.
 */
function layersOf(config: z.infer<typeof schema>): string[] {
  const { num_hidden_layers: layers, num_hidden_groups: groups, inner_group_num: inner } = config;
  if (groups > layers) {
    throw new ModelFileError(
      `config.json: num_hidden_groups is ${groups}; expected at most ${layers}, the number of hidden layers`,
    );
  }
  return Array.from({ length: layers }, (_, layer) => {
    const group = Math.floor(layer / (layers / groups));
    return Array.from(
      { length: inner },
      (__, each) => `encoder.albert_layer_groups.${group}.albert_layers.${each}`,
    );
  }).flat();
}

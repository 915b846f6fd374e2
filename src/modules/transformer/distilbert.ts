import { z } from 'zod';
import type { Architecture, Encoder } from './encoder.js';
import {
  activationName,
  count,
  flag,
  layerCount,
  positive,
  rate,
  readModelConfig,
  requireConsistent,
  tokenId,
} from './model-config.js';
import { postNormModel } from './post-norm-model.js';
import { type LayerNames, numbered } from './post-norm.js';

const LAYERS: LayerNames = {
  query: 'attention.q_lin',
  key: 'attention.k_lin',
  value: 'attention.v_lin',
  attentionOutput: 'attention.out_lin',
  attentionNorm: 'sa_layer_norm',
  widen: 'ffn.lin1',
  narrow: 'ffn.lin2',
  outputNorm: 'output_layer_norm',
};

const HEAD = { dense: 'vocab_transform', norm: 'vocab_layer_norm', decoder: 'vocab_projector' };

/** Not in the config. */
const EPSILON = 1e-12;

const schema = z.object({
  vocab_size: count.default(30522),
  dim: count.default(768),
  n_layers: layerCount.default(6),
  n_heads: count.default(12),
  hidden_dim: count.default(3072),
  activation: activationName.default('gelu'),
  dropout: rate.default(0.1),
  attention_dropout: rate.default(0.1),
  max_position_embeddings: count.default(512),
  initializer_range: positive.default(0.02),
  pad_token_id: tokenId.nullable().default(0),
  tie_word_embeddings: flag.default(true),
});

/** BERT without token types and pooler, https://arxiv.org/abs/1910.01108 */
export const distilbert: Architecture = {
  prefix: 'distilbert',
  read(modelConfig): Encoder {
    const config = readModelConfig(schema, modelConfig);
    const { vocab_size: vocabularySize, dim: width, n_heads: heads, initializer_range: deviation } = config;
    const padding = config.pad_token_id ?? undefined;
    requireConsistent({ width, heads, padding, vocabularySize });
    return postNormModel({
      vocabularySize,
      width,
      epsilon: EPSILON,
      deviation,
      embeddings: {
        positions: config.max_position_embeddings,
        types: 0,
        padding,
        count: 'place',
        dropout: config.dropout,
      },
      layers: {
        names: LAYERS,
        layers: numbered('transformer.layer', config.n_layers),
        heads,
        wide: config.hidden_dim,
        activation: config.activation,
        dropout: { probabilities: config.attention_dropout, attentionOutput: 0, output: config.dropout },
      },
      head: { names: HEAD, activation: config.activation, tied: config.tie_word_embeddings },
      unused: [],
    });
  },
};

import { z } from 'zod';
import { bertFields } from './bert-config.js';
import { BERT_LAYERS } from './bert.js';
import type { Architecture, Encoder } from './encoder.js';
import { count, only, readModelConfig, requireConsistent } from './model-config.js';
import { postNormModel } from './post-norm-model.js';
import { numbered } from './post-norm.js';

const HEAD = {
  dense: 'generator_predictions.dense',
  norm: 'generator_predictions.LayerNorm',
  decoder: 'generator_lm_head',
  normFirst: true,
};

const schema = z.object({
  ...bertFields({
    vocab_size: 30522,
    hidden_size: 256,
    num_attention_heads: 4,
    intermediate_size: 1024,
    pad_token_id: 0,
  }),
  embedding_size: count.default(128),
  position_embedding_type: only('absolute'),
});

/** BERT with narrower embeddings, without a pooler: https://arxiv.org/abs/2003.10555. Its head is a generator's. */
export const electra: Architecture = {
  prefix: 'electra',
  read(modelConfig): Encoder {
    const config = readModelConfig(schema, modelConfig);
    const { vocab_size: vocabularySize, hidden_size: width, num_attention_heads: heads } = config;
    const { hidden_dropout_prob: dropout, embedding_size: embeddingWidth } = config;
    const padding = config.pad_token_id ?? undefined;
    requireConsistent({ width, heads, padding, vocabularySize });
    return postNormModel({
      vocabularySize,
      width,
      epsilon: config.layer_norm_eps,
      deviation: config.initializer_range,
      embeddings: {
        positions: config.max_position_embeddings,
        types: config.type_vocab_size,
        padding,
        count: 'place',
        dropout,
      },
      factorization:
        embeddingWidth === width ? undefined : { width: embeddingWidth, projection: 'embeddings_project' },
      layers: {
        names: BERT_LAYERS,
        layers: numbered('encoder.layer', config.num_hidden_layers),
        heads,
        wide: config.intermediate_size,
        activation: config.hidden_act,
        dropout: {
          probabilities: config.attention_probs_dropout_prob,
          attentionOutput: dropout,
          output: dropout,
        },
      },
      head: { names: HEAD, activation: 'gelu', tied: config.tie_word_embeddings },
      unused: [],
    });
  },
};

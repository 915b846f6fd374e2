import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { BUCKETS, relativeBias } from '../layers/relative-positions.js';
import type { Architecture, Encoder } from './encoder.js';
import { ROBERTA_HEAD } from './language-model-head.js';
import {
  activationName,
  count,
  flag,
  layerCount,
  positive,
  rate,
  readModelConfig,
  requireConsistent,
} from './model-config.js';
import { poolerSpecs } from './pooler.js';
import { postNormModel } from './post-norm-model.js';
import { type LayerNames, numbered } from './post-norm.js';
import { matrixSpec } from './specs.js';

const LAYERS: LayerNames = {
  query: 'attention.attn.q',
  key: 'attention.attn.k',
  value: 'attention.attn.v',
  attentionOutput: 'attention.attn.o',
  attentionNorm: 'attention.LayerNorm',
  widen: 'intermediate.dense',
  narrow: 'output.dense',
  outputNorm: 'output.LayerNorm',
};

const RELATIVE = 'encoder.relative_attention_bias';

/** The padding position, whatever pad_token_id is. */
const PADDING = 1;

const schema = z.object({
  vocab_size: count.default(30527),
  hidden_size: count.default(768),
  num_hidden_layers: layerCount.default(12),
  num_attention_heads: count.default(12),
  intermediate_size: count.default(3072),
  hidden_act: activationName.default('gelu'),
  hidden_dropout_prob: rate.default(0.1),
  attention_probs_dropout_prob: rate.default(0.1),
  max_position_embeddings: count.default(512),
  initializer_range: positive.default(0.02),
  layer_norm_eps: positive.default(1e-12),
  relative_attention_num_buckets: count.default(BUCKETS),
  tie_word_embeddings: flag.default(true),
});

/** BERT with relative as well as absolute positions, https://arxiv.org/abs/2004.09297 */
export const mpnet: Architecture = {
  prefix: 'mpnet',
  read(modelConfig): Encoder {
    const config = readModelConfig(schema, modelConfig);
    const { vocab_size: vocabularySize, hidden_size: width, num_attention_heads: heads } = config;
    const { initializer_range: deviation, hidden_dropout_prob: dropout } = config;
    requireConsistent({ width, heads, padding: PADDING, vocabularySize });
    const buckets = config.relative_attention_num_buckets;
    if (buckets < BUCKETS) {
      throw new ModelFileError(
        `config.json: relative_attention_num_buckets is ${buckets}; expected at least the ${BUCKETS} that MPNet uses`,
      );
    }
    return postNormModel({
      vocabularySize,
      width,
      epsilon: config.layer_norm_eps,
      deviation,
      embeddings: {
        positions: config.max_position_embeddings,
        types: 0,
        padding: PADDING,
        count: { tokensBut: PADDING },
        dropout,
      },
      layers: {
        names: LAYERS,
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
      head: { names: ROBERTA_HEAD, activation: 'gelu', tied: config.tie_word_embeddings },
      unused: poolerSpecs(width, deviation),
      relativePositions: { spec: matrixSpec(RELATIVE, buckets, heads, deviation), bias: relativeBias },
    });
  },
};

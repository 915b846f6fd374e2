import type { z } from 'zod';
import { activationName, count, flag, layerCount, only, positive, rate, tokenId } from './model-config.js';

interface Defaults {
  readonly vocab_size: number;
  readonly hidden_size?: number;
  readonly num_hidden_layers?: number;
  readonly num_attention_heads?: number;
  readonly intermediate_size?: number;
  readonly hidden_act?: 'gelu' | 'gelu_new';
  readonly hidden_dropout_prob?: number;
  readonly attention_probs_dropout_prob?: number;
  readonly max_position_embeddings?: number;
  readonly type_vocab_size?: number;
  readonly layer_norm_eps?: number;
  readonly pad_token_id: number | null;
}

/** The common keys of config.json of BERT and its relatives, with the defaults of one of them. */
export const bertFields = (defaults: Defaults) =>
  ({
    vocab_size: count.default(defaults.vocab_size),
    hidden_size: count.default(defaults.hidden_size ?? 768),
    num_hidden_layers: layerCount.default(defaults.num_hidden_layers ?? 12),
    num_attention_heads: count.default(defaults.num_attention_heads ?? 12),
    intermediate_size: count.default(defaults.intermediate_size ?? 3072),
    hidden_act: activationName.default(defaults.hidden_act ?? 'gelu'),
    hidden_dropout_prob: rate.default(defaults.hidden_dropout_prob ?? 0.1),
    attention_probs_dropout_prob: rate.default(defaults.attention_probs_dropout_prob ?? 0.1),
    max_position_embeddings: count.default(defaults.max_position_embeddings ?? 512),
    type_vocab_size: count.default(defaults.type_vocab_size ?? 2),
    initializer_range: positive.default(0.02),
    layer_norm_eps: positive.default(defaults.layer_norm_eps ?? 1e-12),
    pad_token_id: tokenId.nullable().default(defaults.pad_token_id),
    tie_word_embeddings: flag.default(true),
    is_decoder: only(false),
    add_cross_attention: only(false),
  }) satisfies z.ZodRawShape;

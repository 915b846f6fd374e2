import type { Task } from '../modules/transformer/transformer-config.js';

/** A transformer's config and the input of a test. */
export interface TinyCase {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly length: number;
  readonly tokenTypes?: boolean;
}

const COMMON = { vocab_size: 97, hidden_size: 32, num_attention_heads: 4, intermediate_size: 48 };
const BERT = { ...COMMON, model_type: 'bert', num_hidden_layers: 2, max_position_embeddings: 64 };
const ROBERTA = { ...BERT, model_type: 'roberta' };
const DISTILBERT = {
  model_type: 'distilbert',
  vocab_size: 97,
  dim: 32,
  n_layers: 2,
  n_heads: 4,
  hidden_dim: 48,
  max_position_embeddings: 64,
};
const MODERNBERT = {
  ...COMMON,
  model_type: 'modernbert',
  num_hidden_layers: 4,
  max_position_embeddings: 64,
  local_attention: 8,
  pad_token_id: 0,
  bos_token_id: 1,
  eos_token_id: 2,
  cls_token_id: 1,
  sep_token_id: 2,
};

const ELECTRA = { ...BERT, model_type: 'electra', embedding_size: 16 };
const ALBERT = { ...BERT, model_type: 'albert', embedding_size: 16 };

const DEBERTA_V2 = {
  ...BERT,
  model_type: 'deberta-v2',
  relative_attention: true,
  pos_att_type: ['c2p', 'p2c'],
  position_biased_input: false,
  type_vocab_size: 0,
};

const NEW = {
  ...COMMON,
  model_type: 'new',
  num_hidden_layers: 2,
  max_position_embeddings: 64,
  pad_token_id: 1,
  unpad_inputs: true,
  use_memory_efficient_attention: true,
};

/** Every architecture, with each of its options that changes the computation. */
export const TINY_CASES: readonly TinyCase[] = [
  { name: 'BERT', config: BERT, length: 12, tokenTypes: true },
  {
    name: 'BERT, untied, without token types',
    config: { ...BERT, hidden_act: 'gelu_new', tie_word_embeddings: false, pad_token_id: 5 },
    length: 12,
  },
  { name: 'DistilBERT', config: DISTILBERT, length: 12 },
  {
    name: 'DistilBERT with relu, untied',
    config: { ...DISTILBERT, activation: 'relu', tie_word_embeddings: false },
    length: 12,
  },
  { name: 'RoBERTa', config: ROBERTA, length: 12 },
  {
    name: 'RoBERTa with silu, untied, with token types',
    config: { ...ROBERTA, hidden_act: 'silu', tie_word_embeddings: false, layer_norm_eps: 1e-5 },
    length: 12,
    tokenTypes: true,
  },
  {
    name: 'XLM-RoBERTa',
    config: { ...ROBERTA, model_type: 'xlm-roberta', type_vocab_size: 1, layer_norm_eps: 1e-5 },
    length: 12,
  },
  { name: 'CamemBERT', config: { ...ROBERTA, model_type: 'camembert', type_vocab_size: 1 }, length: 12 },
  {
    name: 'MPNet, past the last bucket',
    config: {
      ...BERT,
      model_type: 'mpnet',
      num_hidden_layers: 1,
      num_attention_heads: 2,
      max_position_embeddings: 160,
    },
    length: 145,
  },
  {
    name: 'MPNet, untied',
    config: { ...BERT, model_type: 'mpnet', hidden_act: 'tanh', tie_word_embeddings: false },
    length: 20,
  },
  { name: 'ELECTRA', config: ELECTRA, length: 12, tokenTypes: true },
  {
    name: 'ELECTRA with embeddings as wide as the layers, relu, untied',
    config: { ...ELECTRA, embedding_size: 32, hidden_act: 'relu', tie_word_embeddings: false },
    length: 12,
  },
  { name: 'ALBERT', config: { ...ALBERT, num_hidden_layers: 3 }, length: 12, tokenTypes: true },
  {
    name: 'ALBERT with groups of two layers, untied',
    config: {
      ...ALBERT,
      num_hidden_layers: 3,
      num_hidden_groups: 2,
      inner_group_num: 2,
      hidden_act: 'gelu',
      embedding_size: 32,
      tie_word_embeddings: false,
    },
    length: 12,
  },
  {
    name: 'DeBERTa-v2 with buckets, a normed table and a convolution',
    config: {
      ...DEBERTA_V2,
      position_buckets: 8,
      max_relative_positions: 16,
      norm_rel_ebd: 'layer_norm',
      share_att_key: true,
      conv_kernel_size: 3,
      conv_act: 'gelu',
    },
    length: 24,
  },
  {
    name: 'DeBERTa-v2 in the style of v3, past its farthest distance, with the head of its authors',
    config: {
      ...DEBERTA_V2,
      pos_att_type: 'p2c|c2p',
      max_relative_positions: 5,
      position_buckets: -1,
      norm_rel_ebd: 'none',
      legacy: false,
      tie_word_embeddings: false,
    },
    length: 20,
  },
  {
    name: 'DeBERTa-v2 with narrower embeddings, keys of positions alone, groups in the convolution, untied',
    config: {
      ...DEBERTA_V2,
      embedding_size: 16,
      pos_att_type: ['c2p'],
      position_buckets: 6,
      position_biased_input: true,
      type_vocab_size: 2,
      norm_rel_ebd: 'layer_norm',
      conv_kernel_size: 5,
      conv_groups: 4,
      hidden_act: 'gelu_new',
      tie_word_embeddings: false,
      pad_token_id: 3,
    },
    length: 14,
    tokenTypes: true,
  },
  {
    name: 'DeBERTa-v2 with queries of positions alone',
    config: { ...DEBERTA_V2, pos_att_type: ['p2c'], position_buckets: 7, max_relative_positions: 20 },
    length: 30,
  },
  {
    name: 'DeBERTa-v2 without relative positions',
    config: {
      ...DEBERTA_V2,
      relative_attention: false,
      position_biased_input: true,
      norm_rel_ebd: 'layer_norm',
    },
    length: 12,
  },
  {
    name: 'GTE of transformers',
    config: {
      ...COMMON,
      model_type: 'gte',
      num_hidden_layers: 2,
      max_position_embeddings: 64,
      type_vocab_size: 2,
      rope_parameters: { rope_type: 'default', rope_theta: 500 },
    },
    length: 17,
    tokenTypes: true,
  },
  {
    name: 'new with NTK scaling',
    config: { ...NEW, rope_theta: 500, rope_scaling: { type: 'ntk', factor: 4 } },
    length: 17,
  },
  {
    name: 'new without token types and padding, queries, keys and values apart, untied',
    config: {
      ...NEW,
      type_vocab_size: 0,
      pad_token_id: null,
      pack_qkv: false,
      hidden_act: 'silu',
      layer_norm_eps: 1e-5,
      tie_word_embeddings: false,
    },
    length: 17,
  },
  {
    name: 'new with mixed NTK scaling',
    config: { ...NEW, num_hidden_layers: 1, rope_scaling: { type: 'ntk', factor: 2.5, mixed_b: 0.625 } },
    length: 17,
  },
  { name: 'ModernBERT past its window', config: MODERNBERT, length: 17 },
  {
    name: 'ModernBERT with biases, untied',
    config: {
      ...MODERNBERT,
      num_hidden_layers: 2,
      norm_bias: true,
      mlp_bias: true,
      attention_bias: true,
      classifier_bias: true,
      classifier_activation: 'silu',
      hidden_activation: 'gelu_pytorch_tanh',
      tie_word_embeddings: false,
    },
    length: 17,
  },
  {
    name: 'ModernBERT with the keys of before transformers 5, without a bias of the decoder',
    config: {
      ...MODERNBERT,
      num_hidden_layers: 3,
      global_attn_every_n_layers: 2,
      global_rope_theta: 1000,
      local_rope_theta: 100,
      local_attention: 5,
      decoder_bias: false,
    },
    length: 17,
  },
  {
    name: 'ModernBERT with a list of kinds and thetas of its own',
    config: {
      ...MODERNBERT,
      num_hidden_layers: 3,
      layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'],
      rope_parameters: {
        full_attention: { rope_type: 'default', rope_theta: 500 },
        sliding_attention: { rope_type: 'default', rope_theta: 50 },
      },
    },
    length: 17,
  },
];

export const TINY_TASKS: readonly Task[] = ['feature-extraction', 'fill-mask'];

import { z } from 'zod';
import { counted } from '../../counted.js';
import { ModelFileError } from '../../errors.js';
import {
  activationName,
  count,
  flag,
  layerCount,
  only,
  positive,
  rate,
  readModelConfig,
  requireConsistent,
  tokenId,
} from './model-config.js';

const KINDS = ['full_attention', 'sliding_attention'] as const;
export type AttentionKind = (typeof KINDS)[number];

const kind = z.custom<AttentionKind>((value) => KINDS.includes(value as AttentionKind), {
  error: `one of ${KINDS.join(', ')}`,
});

const rope = z.object(
  { rope_type: only('default'), rope_theta: positive.optional() },
  { error: 'an object with rope_theta' },
);

const schema = z.object({
  vocab_size: count.default(50368),
  hidden_size: count.default(768),
  intermediate_size: count.default(1152),
  num_hidden_layers: layerCount.default(22),
  num_attention_heads: count.default(12),
  hidden_activation: activationName.default('gelu'),
  max_position_embeddings: count.default(8192),
  initializer_range: positive.default(0.02),
  norm_eps: positive.default(1e-5),
  norm_bias: flag.default(false),
  pad_token_id: tokenId.nullable().default(50283),
  attention_bias: flag.default(false),
  attention_dropout: rate.default(0),
  local_attention: count.default(128),
  embedding_dropout: rate.default(0),
  mlp_bias: flag.default(false),
  mlp_dropout: rate.default(0),
  decoder_bias: flag.default(true),
  classifier_bias: flag.default(false),
  classifier_activation: activationName.default('gelu'),
  tie_word_embeddings: flag.default(true),
  layer_types: z.array(kind, { error: 'a list with one kind of attention a layer' }).nullish(),
  rope_parameters: z
    .object(
      { full_attention: rope.nullish(), sliding_attention: rope.nullish() },
      { error: 'an object with full_attention and sliding_attention' },
    )
    .nullish(),
  rope_scaling: only(null),
  // For versions before transformers 5:
  global_attn_every_n_layers: count.default(3),
  global_rope_theta: positive.default(160_000),
  local_rope_theta: positive.default(10_000),
});

export type ModernBertConfig = z.infer<typeof schema> & {
  readonly kinds: readonly AttentionKind[];
  readonly thetas: Readonly<Record<AttentionKind, number>>;
};

/**
 * Reads both spellings: a list of kinds, or every how many layers attention is global; one theta for each kind, or two
 * keys.
 */
export function readModernBertConfig(modelConfig: unknown): ModernBertConfig {
  const config = readModelConfig(schema, modelConfig);
  const { hidden_size: width, num_attention_heads: heads, num_hidden_layers: layers } = config;
  const padding = config.pad_token_id ?? undefined;
  requireConsistent({ width, heads, padding, vocabularySize: config.vocab_size });
  if ((width / heads) % 2 !== 0) {
    throw new ModelFileError(
      `config.json: heads are ${width / heads} wide; expected an even width, since positions rotate pairs of coordinates`,
    );
  }
  const kinds =
    config.layer_types ??
    Array.from({ length: layers }, (_, layer): AttentionKind =>
      layer % config.global_attn_every_n_layers === 0 ? 'full_attention' : 'sliding_attention',
    );
  if (kinds.length !== layers) {
    throw new ModelFileError(
      `config.json: layer_types has ${counted(kinds.length, 'entry', 'entries')}; expected ${layers}, one for each hidden layer`,
    );
  }
  const { full_attention: full, sliding_attention: sliding } = config.rope_parameters ?? {};
  const thetas = {
    full_attention: full?.rope_theta ?? config.global_rope_theta,
    sliding_attention: sliding?.rope_theta ?? config.local_rope_theta,
  };
  return { ...config, kinds, thetas };
}

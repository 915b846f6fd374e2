import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { inverseFrequencies, ntkFrequencies } from '../layers/rotary.js';
import { bertFields } from './bert-config.js';
import { flag, only, positive, readModelConfig, requireConsistent, typeCount } from './model-config.js';

/**
 * NewConfig of Alibaba-NLP/new-impl. Keys that only affect how it computes (`unpad_inputs`,
 * `use_memory_efficient_attention`) are ignored.
 */
const newSchema = z.object({
  ...bertFields({
    vocab_size: 30528,
    attention_probs_dropout_prob: 0,
    max_position_embeddings: 2048,
    pad_token_id: null,
  }),
  type_vocab_size: typeCount.default(1),
  layer_norm_type: only('layer_norm'),
  position_embedding_type: only('rope'),
  rope_theta: positive.default(10_000),
  rope_scaling: z
    .object(
      { type: only('ntk'), factor: positive, mixed_b: positive.nullish() },
      { error: 'an object with type and factor, or null' },
    )
    .nullish(),
  pack_qkv: flag.default(true),
  logn_attention_scale: only(false),
});

/** GteConfig of transformers. */
const gteSchema = z.object({
  ...bertFields({
    vocab_size: 250_048,
    attention_probs_dropout_prob: 0,
    max_position_embeddings: 8192,
    pad_token_id: 1,
  }),
  type_vocab_size: typeCount.default(1),
  rope_parameters: z
    .object(
      { rope_type: only('default'), rope_theta: positive.default(160_000) },
      { error: 'an object with rope_type and rope_theta' },
    )
    .nullish(),
});

export interface GteConfig extends z.infer<z.ZodObject<ReturnType<typeof bertFields>>> {
  /** Whether one matrix computes queries, keys and values. */
  readonly packed: boolean;
  /** The angle per position of each pair of coordinates of queries and keys. */
  readonly frequencies: readonly number[];
}

export function readNewConfig(modelConfig: unknown): GteConfig {
  const config = readModelConfig(newSchema, modelConfig);
  const { rope_theta: theta, rope_scaling: scaling } = config;
  const width = headWidth(config);
  return {
    ...config,
    packed: config.pack_qkv,
    frequencies:
      // The reference scales if its table of angles has more rows than max_position_embeddings: factor times as many.
      scaling && scaling.factor > 1
        ? ntkFrequencies(width, theta, scaling.factor, scaling.mixed_b ?? undefined)
        : inverseFrequencies(width, theta),
  };
}

export function readGteConfig(modelConfig: unknown): GteConfig {
  const config = readModelConfig(gteSchema, modelConfig);
  const theta = config.rope_parameters?.rope_theta ?? 160_000;
  return { ...config, packed: true, frequencies: inverseFrequencies(headWidth(config), theta) };
}

interface Sizes {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly pad_token_id: number | null;
}

function headWidth({
  vocab_size,
  hidden_size: width,
  num_attention_heads: heads,
  pad_token_id,
}: Sizes): number {
  requireConsistent({ width, heads, padding: pad_token_id ?? undefined, vocabularySize: vocab_size });
  if ((width / heads) % 2 !== 0) {
    throw new ModelFileError(
      `config.json: heads are ${width / heads} wide; expected an even width, since positions rotate pairs of coordinates`,
    );
  }
  return width / heads;
}

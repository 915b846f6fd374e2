import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { bertFields } from './bert-config.js';
import {
  activationName,
  count,
  flag,
  positionCount,
  readModelConfig,
  requireConsistent,
  typeCount,
} from './model-config.js';

const whole = z.int({ error: 'a whole number' });
const kinds = z
  .union([z.string(), z.array(z.string())], { error: 'a list of c2p and p2c' })
  .nullish()
  .transform((given) => (typeof given === 'string' ? given.toLowerCase().split('|') : (given ?? [])))
  .transform((given) => given.map((kind) => kind.trim()));

const schema = z.object({
  ...bertFields({
    vocab_size: 128100,
    hidden_size: 1536,
    num_hidden_layers: 24,
    num_attention_heads: 24,
    intermediate_size: 6144,
    layer_norm_eps: 1e-7,
    pad_token_id: 0,
  }),
  max_position_embeddings: positionCount.default(512),
  type_vocab_size: typeCount.default(0),
  embedding_size: count.nullish(),
  position_biased_input: flag.default(true),
  relative_attention: flag.default(false),
  max_relative_positions: whole.default(-1),
  position_buckets: whole.default(-1),
  pos_att_type: kinds,
  share_att_key: flag.default(false),
  norm_rel_ebd: z.string({ error: 'a string' }).default('none'),
  conv_kernel_size: whole.default(0),
  conv_groups: count.default(1),
  conv_act: activationName.default('tanh'),
  legacy: flag.default(true),
});

export type DebertaV2Config = z.infer<typeof schema> & {
  /** Width of the word embeddings and of the decoder's input. */
  readonly embeddingWidth: number;
  /**
   * Whether scores include the products of contents with the positions of keys (c2p), and of positions of queries with
   * contents (p2c).
   */
  readonly c2p: boolean;
  readonly p2c: boolean;
  /** The number of distances to either side with rows in the table of relative positions. */
  readonly span: number;
  readonly buckets: { readonly count: number; readonly farthest: number } | undefined;
  readonly normalizesPositions: boolean;
};

export function readDebertaV2Config(modelConfig: unknown): DebertaV2Config {
  const config = readModelConfig(schema, modelConfig);
  const { vocab_size: vocabularySize, hidden_size: width, num_attention_heads: heads } = config;
  requireConsistent({ width, heads, padding: config.pad_token_id ?? undefined, vocabularySize });
  const embeddingWidth = config.embedding_size ?? width;
  if (!config.legacy && embeddingWidth !== width) {
    throw new ModelFileError(
      `config.json: embedding_size is ${embeddingWidth} and legacy is false; expected ${width}, the hidden_size, as that head multiplies by the word embeddings`,
    );
  }
  const { conv_kernel_size: size, conv_groups: groups } = config;
  if (size > 0 && (size % 2 === 0 || width % groups !== 0)) {
    throw new ModelFileError(
      `config.json: a convolution has conv_kernel_size ${size} and conv_groups ${groups}; expected an odd size, and groups that divide the hidden_size ${width}`,
    );
  }
  const { max_relative_positions: given, position_buckets: buckets, max_position_embeddings } = config;
  const farthest = given < 1 ? max_position_embeddings : given;
  return {
    ...config,
    embeddingWidth,
    c2p: config.pos_att_type.includes('c2p'),
    p2c: config.pos_att_type.includes('p2c'),
    span: buckets > 0 ? buckets : farthest,
    buckets: buckets > 0 ? { count: buckets, farthest } : undefined,
    normalizesPositions: config.norm_rel_ebd
      .toLowerCase()
      .split('|')
      .some((kind) => kind.trim() === 'layer_norm'),
  };
}

import { tf } from '../../tf.js';
import { type Activation, activation } from '../layers/activations.js';
import { attention, paddingBias, splitHeads } from '../layers/attention.js';
import { rotate, type Rotation, rotation } from '../layers/rotary.js';
import type { TokenRows } from '../layers/token-rows.js';
import type { Parameters, ParameterSpec } from '../parameters.js';
import { embed, embeddingSpecs, type EmbeddingsConfig, WORD_EMBEDDINGS } from './embeddings.js';
import type { Architecture, Batch, Drop, Encoder } from './encoder.js';
import { type GteConfig, readGteConfig, readNewConfig } from './gte-config.js';
import { languageModelHead } from './language-model-head.js';
import { numbered } from './post-norm.js';
import { applyLinear, applyNorm, linearSpecs, normSpecs } from './specs.js';

const HEAD = { dense: 'lm_head.dense', norm: 'lm_head.norm', decoder: 'lm_head.decoder' };
const LAYERS = 'encoder.layer';

interface Member {
  readonly prefix: string;
  readonly readConfig: (modelConfig: unknown) => GteConfig;
  readonly headActivation: 'of the layers' | 'gelu';
}

/** Rotary positions and gated layers with norms after them: https://arxiv.org/abs/2407.19669 */
function gteLike({ prefix, readConfig, headActivation }: Member): Architecture {
  return {
    prefix,
    read(modelConfig): Encoder {
      const config = readConfig(modelConfig);
      const { vocab_size: vocabularySize, hidden_size: width } = config;
      const embeddings = embeddingsOf(config);
      return {
        vocabularySize,
        width,
        maxPositions: config.max_position_embeddings,
        parameters: [...embeddingSpecs(embeddings), ...layerSpecs(config)],
        wordEmbeddings: WORD_EMBEDDINGS,
        unused: [],
        head: languageModelHead(HEAD, {
          vocabularySize,
          width,
          activation: headActivation === 'gelu' ? 'gelu' : config.hidden_act,
          epsilon: config.layer_norm_eps,
          tied: config.tie_word_embeddings,
          deviation: config.initializer_range,
        }),
        forward: (parameters, batch) => forward(config, parameters, batch),
      };
    },
  };
}

/** The authors' version, Alibaba-NLP/new-impl. */
export const gteNew = gteLike({ prefix: 'new', readConfig: readNewConfig, headActivation: 'of the layers' });
/** The version in transformers. */
export const gte = gteLike({ prefix: 'gte', readConfig: readGteConfig, headActivation: 'gelu' });

function embeddingsOf(config: GteConfig): EmbeddingsConfig {
  return {
    vocabularySize: config.vocab_size,
    width: config.hidden_size,
    positions: 0,
    types: config.type_vocab_size,
    padding: config.pad_token_id ?? undefined,
    count: 'place',
    epsilon: config.layer_norm_eps,
    dropout: config.hidden_dropout_prob,
    deviation: config.initializer_range,
  };
}

function layerSpecs(config: GteConfig): ParameterSpec[] {
  const { hidden_size: width, intermediate_size: wide, initializer_range: deviation } = config;
  return numbered(LAYERS, config.num_hidden_layers).flatMap((layer) => [
    ...(config.packed
      ? linearSpecs(`${layer}.attention.qkv_proj`, 3 * width, width, deviation)
      : ['q', 'k', 'v'].flatMap((name) =>
          linearSpecs(`${layer}.attention.${name}_proj`, width, width, deviation),
        )),
    ...linearSpecs(`${layer}.attention.o_proj`, width, width, deviation),
    ...linearSpecs(`${layer}.mlp.up_gate_proj`, 2 * wide, width, deviation, false),
    ...linearSpecs(`${layer}.mlp.down_proj`, width, wide, deviation),
    ...normSpecs(`${layer}.attn_ln`, width),
    ...normSpecs(`${layer}.mlp_ln`, width),
  ]);
}

/** The inputs that all layers share. */
interface Surroundings {
  readonly rows: TokenRows;
  readonly bias: tf.Tensor;
  readonly turn: Rotation;
  readonly act: Activation;
  readonly drop: Drop;
}

/**
 * Hidden states [rows, width]; each layer is
 *
 *     h' = norm(h + output(attention(h)))
 *     h  = norm(h' + down(activation(b) a)),   (a, b) = up_gate(h')
 */
function forward(config: GteConfig, parameters: Parameters, batch: Batch): tf.Tensor2D {
  const { rows, drop } = batch;
  const { layer_norm_eps: epsilon, hidden_dropout_prob: dropout } = config;
  const surroundings: Surroundings = {
    rows,
    bias: paddingBias(batch.attentionMask),
    turn: rotation(rows.length, config.frequencies),
    act: activation(config.hidden_act),
    drop,
  };
  let hidden = embed(embeddingsOf(config), parameters, batch);
  for (const layer of numbered(LAYERS, config.num_hidden_layers)) {
    const own = parameters.under(layer);
    const { bias, turn } = surroundings;
    hidden = batch.layer(own, [hidden], [bias, turn.cos, turn.sin], (...given) => {
      const [input, added, cos, sin] = given as [tf.Tensor2D, tf.Tensor, tf.Tensor, tf.Tensor];
      const around = { ...surroundings, bias: added, turn: { cos, sin } };
      const attended = drop(attend(config, own.under('attention'), input, around), dropout);
      const middle = applyNorm(own, 'attn_ln', epsilon, attended.add(input));
      const gated = drop(gate(own, middle, around), dropout);
      const narrow = drop(applyLinear(own, 'mlp.down_proj', gated), dropout);
      return applyNorm(own, 'mlp_ln', epsilon, narrow.add(middle));
    });
  }
  return hidden;
}

function attend(
  { packed, num_attention_heads: heads, attention_probs_dropout_prob: rate }: GteConfig,
  own: Parameters,
  x: tf.Tensor2D,
  { rows, bias, turn, drop }: Surroundings,
): tf.Tensor2D {
  const parts = packed
    ? tf.split(applyLinear(own, 'qkv_proj', x), 3, 1)
    : ['q', 'k', 'v'].map((name) => applyLinear(own, `${name}_proj`, x));
  const [queries, keys, values] = parts.map((part) => splitHeads(part as tf.Tensor2D, rows, heads)) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const mixed = attention([rotate(queries, turn), rotate(keys, turn), values], {
    rows,
    bias,
    drop: (probabilities) => drop(probabilities, rate),
  });
  return applyLinear(own, 'o_proj', mixed);
}

function gate(own: Parameters, x: tf.Tensor2D, { act }: Surroundings): tf.Tensor2D {
  const [up, gates] = tf.split(applyLinear(own, 'mlp.up_gate_proj', x), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return act(gates).mul(up);
}

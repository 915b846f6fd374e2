import type * as tf from '@tensorflow/tfjs';
import { activation } from '../layers/activations.js';
import { attention, paddingBias, splitHeads } from '../layers/attention.js';
import { relativeProducts, relativeRows, rowsInOrder } from '../layers/disentangled.js';
import { lookUp } from '../layers/look-up.js';
import { tokenConvolution } from '../layers/token-convolution.js';
import type { Parameters, ParameterSpec } from '../parameters.js';
import { type DebertaV2Config, readDebertaV2Config } from './deberta-v2-config.js';
import { embed, embeddingSpecs, type EmbeddingsConfig, WORD_EMBEDDINGS } from './embeddings.js';
import type { Architecture, Batch, Encoder } from './encoder.js';
import { BERT_HEAD, languageModelHead } from './language-model-head.js';
import { numbered } from './post-norm.js';
import { applyLinear, applyNorm, biasSpec, linearSpecs, matrixSpec, normSpecs } from './specs.js';

/** The head of DeBERTa's authors (`legacy` false), whose decoder is always the word embeddings. */
const HEAD = {
  dense: 'lm_predictions.lm_head.dense',
  norm: 'lm_predictions.lm_head.LayerNorm',
  decoder: 'lm_predictions.lm_head.decoder',
  tiedBias: 'lm_predictions.lm_head.bias',
};

const RELATIVE = 'encoder.rel_embeddings';
const RELATIVE_NORM = 'encoder.LayerNorm';
const CONVOLUTION = 'encoder.conv';

/** Separate attention to contents and relative positions, https://arxiv.org/abs/2006.03654 and 2111.09543 */
export const debertaV2: Architecture = {
  prefix: 'deberta',
  read(modelConfig): Encoder {
    const config = readDebertaV2Config(modelConfig);
    const { vocab_size: vocabularySize, hidden_size: width, legacy } = config;
    const embeddings = embeddingsOf(config);
    return {
      vocabularySize,
      width,
      maxPositions: config.max_position_embeddings,
      parameters: [...embeddingSpecs(embeddings), ...layerSpecs(config), ...sharedSpecs(config)],
      wordEmbeddings: WORD_EMBEDDINGS,
      unused: [],
      head: languageModelHead(legacy ? BERT_HEAD : HEAD, {
        vocabularySize,
        width,
        decoderWidth: config.embeddingWidth,
        activation: config.hidden_act,
        epsilon: config.layer_norm_eps,
        tied: config.tie_word_embeddings || !legacy,
        deviation: config.initializer_range,
      }),
      forward: (parameters, batch) => forward(config, parameters, batch),
    };
  },
};

function embeddingsOf(config: DebertaV2Config): EmbeddingsConfig {
  const { hidden_size: width, embeddingWidth } = config;
  return {
    vocabularySize: config.vocab_size,
    width: embeddingWidth,
    positions: config.position_biased_input ? config.max_position_embeddings : 0,
    types: config.type_vocab_size,
    padding: config.pad_token_id ?? undefined,
    count: 'place',
    projection:
      embeddingWidth === width
        ? undefined
        : { name: 'embeddings.embed_proj', width, at: 'before the norm', bias: false },
    epsilon: config.layer_norm_eps,
    dropout: config.hidden_dropout_prob,
    deviation: config.initializer_range,
  };
}

const attendsToPositions = ({ relative_attention, c2p, p2c }: DebertaV2Config): boolean =>
  relative_attention && (c2p || p2c);

/** The table of relative positions with its norm, which exist even if no layer attends to them; and the convolution. */
function sharedSpecs(config: DebertaV2Config): ParameterSpec[] {
  const { hidden_size: width, conv_kernel_size: size, conv_groups: groups, span } = config;
  const deviation = config.initializer_range;
  const positions = [
    ...(config.relative_attention ? [matrixSpec(RELATIVE, 2 * span, width, deviation)] : []),
    ...(config.normalizesPositions ? normSpecs(RELATIVE_NORM, width) : []),
  ];
  const convolution: ParameterSpec[] = [
    {
      name: `${CONVOLUTION}.conv.weight`,
      shape: [width, width / groups, size],
      initial: { kind: 'normal', deviation },
    },
    biasSpec(`${CONVOLUTION}.conv.bias`, width),
    ...normSpecs(`${CONVOLUTION}.LayerNorm`, width),
  ];
  const unused = !attendsToPositions(config);
  return [...positions.map((spec) => ({ ...spec, unused })), ...(size > 0 ? convolution : [])];
}

function layerSpecs(config: DebertaV2Config): ParameterSpec[] {
  const { hidden_size: width, intermediate_size: wide, initializer_range: deviation, c2p, p2c } = config;
  const ownPositions = config.relative_attention && !config.share_att_key;
  const square = [
    'query_proj',
    'key_proj',
    'value_proj',
    ...(ownPositions && c2p ? ['pos_key_proj'] : []),
    ...(ownPositions && p2c ? ['pos_query_proj'] : []),
  ].map((name) => `attention.self.${name}`);
  return numbered('encoder.layer', config.num_hidden_layers).flatMap((layer) => [
    ...[...square, 'attention.output.dense'].flatMap((name) =>
      linearSpecs(`${layer}.${name}`, width, width, deviation),
    ),
    ...normSpecs(`${layer}.attention.output.LayerNorm`, width),
    ...linearSpecs(`${layer}.intermediate.dense`, wide, width, deviation),
    ...linearSpecs(`${layer}.output.dense`, width, wide, deviation),
    ...normSpecs(`${layer}.output.LayerNorm`, width),
  ]);
}

/**
 * Hidden states [rows, width]. The layers are BERT's, with a convolution of the embeddings beside the first.
 */
function forward(config: DebertaV2Config, parameters: Parameters, batch: Batch): tf.Tensor2D {
  const { drop } = batch;
  const { layer_norm_eps: epsilon, hidden_dropout_prob: dropout } = config;
  const act = activation(config.hidden_act);
  const padding = paddingBias(batch.attentionMask);
  const positions = attendsToPositions(config) ? positionsOf(config, parameters, batch) : undefined;
  const embedded = embed(embeddingsOf(config), parameters, batch);
  let hidden = embedded;
  numbered('encoder.layer', config.num_hidden_layers).forEach((layer, index) => {
    const own = parameters.under(layer);
    const inputs = [hidden, ...(positions === undefined ? [] : [positions.table])];
    const constants = [padding, ...(positions === undefined ? [] : [positions.ofKeys, positions.ofQueries])];
    hidden = batch.layer(own, inputs, constants, (...given) => {
      const around = positions === undefined ? withoutPositions(given, batch) : withPositions(given, batch);
      const [input] = given as [tf.Tensor2D];
      const mixed = attend(config, own.under('attention.self'), input, around);
      const attended = drop(applyLinear(own, 'attention.output.dense', mixed), dropout);
      const middle = applyNorm(own, 'attention.output.LayerNorm', epsilon, attended.add(input));
      const wide = act(applyLinear(own, 'intermediate.dense', middle));
      const narrow = drop(applyLinear(own, 'output.dense', wide), dropout);
      return applyNorm(own, 'output.LayerNorm', epsilon, narrow.add(middle));
    });
    if (index === 0 && config.conv_kernel_size > 0) {
      hidden = convolved(config, parameters.under(CONVOLUTION), { embedded, hidden, batch });
    }
  });
  return hidden;
}

/** The table of relative positions, and the row of each column of both kinds of products. */
interface Positions {
  readonly table: tf.Tensor2D;
  readonly ofKeys: tf.Tensor1D;
  readonly ofQueries: tf.Tensor1D;
}

function positionsOf(
  config: DebertaV2Config,
  parameters: Parameters,
  { rows: { length: places } }: Batch,
): Positions {
  const { span, buckets, max_position_embeddings: length } = config;
  const table = parameters.get(`${RELATIVE}.weight`) as tf.Tensor2D;
  const rows = relativeRows({ span, buckets, length });
  return {
    table: config.normalizesPositions
      ? applyNorm(parameters, RELATIVE_NORM, config.layer_norm_eps, table)
      : table,
    ofKeys: rowsInOrder(rows, places, 'query'),
    ofQueries: rowsInOrder(rows, places, 'key'),
  };
}

interface Surroundings {
  readonly batch: Batch;
  readonly padding: tf.Tensor4D;
  readonly positions: Positions | undefined;
}

/** What is around the hidden states, of the tensors that a layer is given. */
function withoutPositions(given: readonly tf.Tensor[], batch: Batch): Surroundings {
  const [, padding] = given as [tf.Tensor, tf.Tensor4D];
  return { batch, padding, positions: undefined };
}

function withPositions(given: readonly tf.Tensor[], batch: Batch): Surroundings {
  const [, table, padding, ofKeys, ofQueries] = given as [
    tf.Tensor,
    tf.Tensor2D,
    tf.Tensor4D,
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  return { batch, padding, positions: { table, ofKeys, ofQueries } };
}

/**
 * softmax(s (Q_i K_j + Q_i P_k(i - j) + P_q(i - j) K_j)) V with s = 1 / sqrt(n width) and n the number of products
 */
function attend(
  config: DebertaV2Config,
  own: Parameters,
  hidden: tf.Tensor2D,
  { batch: { rows, drop }, padding, positions }: Surroundings,
): tf.Tensor2D {
  const { hidden_size: width, num_attention_heads: heads, c2p, p2c, share_att_key: shared } = config;
  const project = (name: string): tf.Tensor4D => splitHeads(applyLinear(own, name, hidden), rows, heads);
  const [queries, keys] = [project('query_proj'), project('key_proj')];
  const scale = 1 / Math.sqrt((width / heads) * (1 + Number(c2p) + Number(p2c)));
  let bias: tf.Tensor = padding;
  if (positions !== undefined) {
    const table = drop(positions.table, config.hidden_dropout_prob);
    const placed = (columns: tf.Tensor1D, name: string): tf.Tensor2D =>
      applyLinear(own, name, lookUp(table, columns)).mul(scale);
    if (c2p) {
      const ofKeys = placed(positions.ofKeys, shared ? 'key_proj' : 'pos_key_proj');
      bias = bias.add(relativeProducts(queries, ofKeys));
    }
    if (p2c) {
      const ofQueries = placed(positions.ofQueries, shared ? 'query_proj' : 'pos_query_proj');
      bias = bias.add(relativeProducts(keys, ofQueries).transpose([0, 1, 3, 2]));
    }
  }
  return attention([queries, keys, project('value_proj')], {
    rows,
    bias,
    scale,
    drop: (probabilities) => drop(probabilities, config.attention_probs_dropout_prob),
  });
}

interface FirstLayer {
  readonly embedded: tf.Tensor2D;
  readonly hidden: tf.Tensor2D;
  readonly batch: Batch;
}

/** norm(hidden + activation(convolution(embeddings))), where the embeddings of padding are 0 */
function convolved(
  config: DebertaV2Config,
  own: Parameters,
  { embedded, hidden, batch: { rows, attentionMask, drop } }: FirstLayer,
): tf.Tensor2D {
  const grid: tf.Tensor3D = rows
    .unpack(embedded)
    .reshape<tf.Tensor3D>([rows.texts, rows.length, config.hidden_size])
    .mul(attentionMask.toFloat().expandDims(2));
  const made = tokenConvolution(grid, own.get('conv.weight'), own.get('conv.bias'), config.conv_groups);
  const active = activation(config.conv_act)(drop(rows.pack(made), config.hidden_dropout_prob));
  return applyNorm(own, 'LayerNorm', config.layer_norm_eps, hidden.add(active));
}

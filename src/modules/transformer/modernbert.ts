import { tf } from '../../tf.js';
import { activation } from '../layers/activations.js';
import { attention, paddingBias, splitHeads, windowBias } from '../layers/attention.js';
import { lookUp } from '../layers/look-up.js';
import { inverseFrequencies, rotate, type Rotation, rotation } from '../layers/rotary.js';
import type { Parameters, ParameterSpec } from '../parameters.js';
import type { Architecture, Batch, Encoder } from './encoder.js';
import { languageModelHead } from './language-model-head.js';
import { type AttentionKind, type ModernBertConfig, readModernBertConfig } from './modernbert-config.js';
import { applyLinear, applyNorm, linearSpecs, matrixSpec, normSpecs } from './specs.js';

const WORDS = 'embeddings.tok_embeddings';
const HEAD = { dense: 'head.dense', norm: 'head.norm', decoder: 'decoder' };

/** The inputs that all layers of one kind of attention share. */
interface Surroundings {
  readonly bias: tf.Tensor;
  readonly rotation: Rotation;
}

/**
 * Rotary positions, gated layers, norms before the layers, and in most layers attention only to neighbours:
 * https://arxiv.org/abs/2412.13663
 */
export const modernbert: Architecture = {
  prefix: 'model',
  read(modelConfig): Encoder {
    const config = readModernBertConfig(modelConfig);
    const { vocab_size: vocabularySize, hidden_size: width, norm_eps: epsilon } = config;
    return {
      vocabularySize,
      width,
      maxPositions: config.max_position_embeddings,
      parameters: specs(config),
      wordEmbeddings: `${WORDS}.weight`,
      unused: [],
      head: languageModelHead(HEAD, {
        vocabularySize,
        width,
        activation: config.classifier_activation,
        epsilon,
        tied: config.tie_word_embeddings,
        deviation: outDeviation(config),
        denseBias: config.classifier_bias,
        normBias: config.norm_bias,
        decoderBias: config.decoder_bias,
      }),
      forward: (parameters, batch) => forward(config, parameters, batch),
    };
  },
};

/** Layers that write into the hidden states start with smaller weights, the more of them there are. */
function outDeviation({ initializer_range: deviation, num_hidden_layers: layers }: ModernBertConfig): number {
  return deviation / Math.sqrt(2 * layers);
}

function specs(config: ModernBertConfig): ParameterSpec[] {
  const { hidden_size: width, intermediate_size: wide, initializer_range: deviation } = config;
  const { norm_bias: normBias, attention_bias: attentionBias, mlp_bias: mlpBias } = config;
  const out = outDeviation(config);
  return [
    matrixSpec(WORDS, config.vocab_size, width, deviation),
    ...normSpecs('embeddings.norm', width, normBias),
    ...config.kinds.flatMap((_, layer) => [
      // The norm of the embeddings comes directly before the first layer.
      ...(layer === 0 ? [] : normSpecs(`layers.${layer}.attn_norm`, width, normBias)),
      ...linearSpecs(`layers.${layer}.attn.Wqkv`, 3 * width, width, deviation, attentionBias),
      ...linearSpecs(`layers.${layer}.attn.Wo`, width, width, out, attentionBias),
      ...normSpecs(`layers.${layer}.mlp_norm`, width, normBias),
      ...linearSpecs(`layers.${layer}.mlp.Wi`, 2 * wide, width, deviation, mlpBias),
      ...linearSpecs(`layers.${layer}.mlp.Wo`, width, wide, out, mlpBias),
    ]),
    ...normSpecs('final_norm', width, normBias),
  ];
}

/**
 * Hidden states [rows, width]; each layer is
 *
 *     h = h + output(attention(norm(h)))
 *     h = h + narrow(activation(a) b),   (a, b) = widen(norm(h))
 */
function forward(config: ModernBertConfig, parameters: Parameters, batch: Batch): tf.Tensor2D {
  const { inputIds, rows, drop } = batch;
  const epsilon = config.norm_eps;
  const act = activation(config.hidden_activation);
  const surroundings = surroundingsOf(config, batch);
  const ids = rows.packIds(inputIds);
  const words = lookUp(parameters.get(`${WORDS}.weight`), ids, config.pad_token_id ?? undefined);
  let hidden = drop(applyNorm(parameters, 'embeddings.norm', epsilon, words), config.embedding_dropout);
  config.kinds.forEach((kind, layer) => {
    const own = parameters.under(`layers.${layer}`);
    const { bias, rotation: turn } = surroundings[kind];
    hidden = batch.layer(own, [hidden], [bias, turn.cos, turn.sin], (...given) => {
      const [input, added, cos, sin] = given as [tf.Tensor2D, tf.Tensor, tf.Tensor, tf.Tensor];
      const normal = layer === 0 ? input : applyNorm(own, 'attn_norm', epsilon, input);
      const around = { bias: added, rotation: { cos, sin } };
      const attended: tf.Tensor2D = input.add(attend(config, own.under('attn'), normal, around, batch));
      const both = applyLinear(own, 'mlp.Wi', applyNorm(own, 'mlp_norm', epsilon, attended));
      const [open, gate] = tf.split(both, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const gated: tf.Tensor2D = drop(act(open).mul(gate), config.mlp_dropout);
      return attended.add(applyLinear(own, 'mlp.Wo', gated));
    });
  });
  return applyNorm(parameters, 'final_norm', epsilon, hidden);
}

function attend(
  config: ModernBertConfig,
  parameters: Parameters,
  x: tf.Tensor2D,
  { bias, rotation: turn }: Surroundings,
  { rows, drop }: Pick<Batch, 'rows' | 'drop'>,
): tf.Tensor2D {
  const rate = config.attention_dropout;
  const [queries, keys, values] = tf
    .split(applyLinear(parameters, 'Wqkv', x), 3, 1)
    .map((part) => splitHeads(part as tf.Tensor2D, rows, config.num_attention_heads)) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const mixed = attention([rotate(queries, turn), rotate(keys, turn), values], {
    rows,
    bias,
    drop: (probabilities) => drop(probabilities, rate),
  });
  return drop(applyLinear(parameters, 'Wo', mixed), rate);
}

function surroundingsOf(
  config: ModernBertConfig,
  { rows: { length }, attentionMask }: Batch,
): Record<AttentionKind, Surroundings> {
  const width = config.hidden_size / config.num_attention_heads;
  const padding = paddingBias(attentionMask);
  const reach = Math.floor(config.local_attention / 2);
  const { full_attention: globally, sliding_attention: locally } = config.thetas;
  return {
    full_attention: { bias: padding, rotation: rotation(length, inverseFrequencies(width, globally)) },
    sliding_attention: {
      bias: tf.minimum(padding, windowBias(length, reach)),
      rotation: rotation(length, inverseFrequencies(width, locally)),
    },
  };
}

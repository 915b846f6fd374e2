import * as tf from '@tensorflow/tfjs';
import { spladePooling } from '../../../src/modules/splade-pooling.js';
import { attention, gelu, layerNorm, linear } from './layers.js';
import type { StepCase } from './spec.js';

/** Parameters by their names in BertForMaskedLM's checkpoints. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

export interface Texts {
  /** int32 [texts, length] */
  readonly inputIds: tf.Tensor2D;
  /** int32 [texts, length]; texts are padded at their end */
  readonly attentionMask: tf.Tensor2D;
}

const POOLING = spladePooling();
/** Added to the scores of padding. */
const MASKED = -1e9;

/** SPLADE embeddings [texts, vocabulary] of a BERT encoder with its masked language model's head. */
export function embed(weights: Weights, { inputIds, attentionMask }: Texts, spec: StepCase): tf.Tensor2D {
  const [texts, length] = inputIds.shape;
  const parameters = new Parameters(weights);
  const words = parameters.matrix('bert.embeddings.word_embeddings');
  const isToken = attentionMask.cast('bool');
  const mask = isToken.logicalNot().cast('float32').mul(MASKED).reshape([texts, 1, 1, length]) as tf.Tensor4D;

  let hidden = embedTokens(parameters, inputIds);
  for (let layer = 0; layer < spec.layers; layer++) {
    const self = `bert.encoder.layer.${layer}.attention.self`;
    const [q, k, v] = ['query', 'key', 'value'].map((part) => parameters.linear(`${self}.${part}`, hidden));
    const heads = { texts, length, heads: spec.heads };
    const mixed = attention([q, k, v] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D], mask, heads);
    hidden = parameters.addAndNorm(`bert.encoder.layer.${layer}.attention.output`, mixed, hidden);
    const wide = gelu(parameters.linear(`bert.encoder.layer.${layer}.intermediate.dense`, hidden));
    hidden = parameters.addAndNorm(`bert.encoder.layer.${layer}.output`, wide, hidden);
  }

  const transform = 'cls.predictions.transform';
  const transformed = parameters.norm(
    `${transform}.LayerNorm`,
    gelu(parameters.linear(`${transform}.dense`, hidden)),
  );
  const { sentenceEmbedding } = POOLING.forward(
    {
      predictionStates: transformed.reshape([texts, length, -1]),
      decoderWeight: words,
      decoderBias: parameters.get('cls.predictions.bias'),
      attentionMask,
    },
    { mode: 'train' },
  );
  return sentenceEmbedding as tf.Tensor2D;
}

function embedTokens(parameters: Parameters, inputIds: tf.Tensor2D): tf.Tensor2D {
  const [texts, length] = inputIds.shape;
  const words = parameters.matrix('bert.embeddings.word_embeddings');
  const width = words.shape[1];
  const places = parameters.matrix('bert.embeddings.position_embeddings').slice([0, 0], [length, width]);
  const types = parameters.matrix('bert.embeddings.token_type_embeddings').slice([0, 0], [1, width]);
  const sum = tf.gather(words, inputIds).add(places.add(types));
  return parameters.norm('bert.embeddings.LayerNorm', sum.reshape([texts * length, width]));
}

/** The model's parts, by the names of their parameters. */
class Parameters {
  private readonly weights: Weights;

  constructor(weights: Weights) {
    this.weights = weights;
  }

  get(name: string): tf.Tensor {
    const tensor = this.weights[name];
    if (tensor === undefined) throw new RangeError(`there is no parameter ${name}`);
    return tensor;
  }

  matrix(name: string): tf.Tensor2D {
    return this.get(`${name}.weight`) as tf.Tensor2D;
  }

  linear(name: string, x: tf.Tensor2D): tf.Tensor2D {
    return linear(x, this.matrix(name), this.get(`${name}.bias`));
  }

  norm(name: string, x: tf.Tensor2D): tf.Tensor2D {
    return layerNorm(x, this.get(`${name}.weight`), this.get(`${name}.bias`));
  }

  /** LayerNorm(dense(x) + residual) */
  addAndNorm(name: string, x: tf.Tensor2D, residual: tf.Tensor2D): tf.Tensor2D {
    return this.norm(`${name}.LayerNorm`, this.linear(`${name}.dense`, x).add(residual));
  }
}

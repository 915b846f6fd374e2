import * as tf from '@tensorflow/tfjs';
import type { Features } from '../features.js';
import {
  type SpladePoolingConfig,
  spladePooling,
  type SpladePoolingOptions,
  tokenLogits,
} from '../modules/splade-pooling.js';
import { type Matrix, randomMatrix } from './matrices.js';
import { dot, sum } from './plain-math.js';

/** The output of a masked language model for a batch, and the weights that turn its embeddings into a scalar. */
export interface SpladeCase {
  /** 1 for tokens, [texts][length] */
  readonly mask: readonly (readonly number[])[];
  /** [texts length, D] */
  readonly states: Matrix;
  /** [V, D] */
  readonly decoder: Matrix;
  readonly bias: readonly number[];
  /** Weights of the embeddings, [texts, V]. */
  readonly weights: Matrix;
}

interface Sizes {
  readonly vocabulary?: number;
  readonly width?: number;
}

export function spladeCase(
  seed: number,
  mask: SpladeCase['mask'],
  { vocabulary = 13, width = 4 }: Sizes = {},
): SpladeCase {
  const texts = mask.length;
  const length = mask[0]?.length ?? 0;
  return {
    mask,
    states: randomMatrix(10 * seed, texts * length, width),
    decoder: randomMatrix(10 * seed + 1, vocabulary, width),
    bias: randomMatrix(10 * seed + 2, 1, vocabulary).flat(),
    weights: randomMatrix(10 * seed + 3, texts, vocabulary),
  };
}

type Pooling = Pick<SpladePoolingConfig, 'poolingStrategy' | 'activationFunction'>;

/** Every combination of the two options. */
export const POOLINGS: readonly Pooling[] = (['max', 'sum'] as const).flatMap((poolingStrategy) =>
  (['relu', 'log1p_relu'] as const).map((activationFunction) => ({ poolingStrategy, activationFunction })),
);

/** The embeddings by the formula, in float64, one number after the other. */
export function plainSplade(
  { mask, states, decoder, bias }: Omit<SpladeCase, 'weights'>,
  { poolingStrategy, activationFunction }: Pooling,
): Matrix {
  const activation = (x: number): number => {
    const once = Math.log1p(Math.max(0, x));
    return activationFunction === 'relu' ? once : Math.log1p(once);
  };
  return mask.map((row, text) =>
    decoder.map((term, v) => {
      const tokens = row.flatMap((isToken, l) =>
        isToken ? [activation(dot(states[text * row.length + l] ?? [], term) + (bias[v] ?? NaN))] : [],
      );
      return poolingStrategy === 'sum' ? sum(tokens) : Math.max(0, ...tokens);
    }),
  );
}

export interface SpladeInputs {
  /** [texts, length, D] */
  readonly states: tf.Tensor3D;
  readonly decoder: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
  readonly mask: tf.Tensor2D;
}

export function inputsOf({ mask, states, decoder, bias }: SpladeCase): SpladeInputs {
  const [texts, length, width] = [mask.length, mask[0]?.length ?? 0, decoder[0]?.length ?? 0];
  return {
    states: tf.tensor3d(states.flat(), [texts, length, width]),
    decoder: tf.tensor2d(decoder.flat(), [decoder.length, width]),
    bias: tf.tensor1d([...bias]),
    mask: tf.tensor2d(mask.flat(), [texts, length], 'int32'),
  };
}

/** Whether the pooling receives the parts that logits are computed from, or the logits. */
export type Given = 'states' | 'logits';

export function embed(
  { states, decoder, bias, mask }: SpladeInputs,
  options: SpladePoolingOptions,
  given: Given = 'states',
): tf.Tensor2D {
  const made = { predictionStates: states, decoderWeight: decoder, decoderBias: bias };
  const features: Features = given === 'states' ? made : { tokenEmbeddings: tokenLogits(made) };
  const { sentenceEmbedding } = spladePooling(options).forward(
    { ...features, attentionMask: mask },
    { mode: 'train' },
  );
  return sentenceEmbedding as tf.Tensor2D;
}

export interface SpladeOutcome {
  readonly value: number[];
  readonly dStates: number[];
  readonly dDecoder: number[];
  readonly dBias: number[];
}

/** The embeddings, and the gradients of their weighted sum, on the engine in use. */
export async function spladeOutcome(
  one: SpladeCase,
  options: SpladePoolingOptions,
  given: Given = 'states',
): Promise<SpladeOutcome> {
  tf.engine().startScope();
  try {
    const inputs = inputsOf(one);
    const { states, decoder, bias, mask } = inputs;
    const pool = (h: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      embed(
        { states: h as tf.Tensor3D, decoder: w as tf.Tensor2D, bias: b as tf.Tensor1D, mask },
        options,
        given,
      );
    const weights = tf.tensor2d(one.weights.flat(), [one.mask.length, one.decoder.length]);
    const gradients = tf.grads(pool)([states, decoder, bias], weights);
    const [value = [], dStates = [], dDecoder = [], dBias = []] = await Promise.all(
      [pool(states, decoder, bias), ...gradients].map(async (tensor) => Array.from(await tensor.data())),
    );
    return { value, dStates, dDecoder, dBias };
  } finally {
    tf.engine().endScope();
  }
}

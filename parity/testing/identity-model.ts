import type { Rank } from '@tensorflow/tfjs';
import type { EmbeddingModel, Features } from '../../src/index.js';
import { tf } from '../../src/tf.js';

/** A model whose features are already the embeddings. */
export function identityModel(): EmbeddingModel {
  return { forward: (features) => features, trainableVariables: () => [] };
}

/** Numbers from 0 to 1, the same every time. */
export function rows(count: number, width: number, seed = 1): tf.Tensor2D {
  const numbers = Array.from(
    { length: count * width },
    (_, i) => Math.abs(Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453) % 1,
  );
  return tf.tensor2d(numbers, [count, width]);
}

/** A matrix of one number. */
export function constant(count: number, width: number, value: number): tf.Tensor2D {
  return tf.ones<Rank.R2>([count, width]).mul(value);
}

export function columnsOf(...embeddings: tf.Tensor2D[]): Features[] {
  return embeddings.map((sentenceEmbedding) => ({ sentenceEmbedding }));
}

/** The features that a model with a sparse auto-encoder adds to one column, without dead latents. */
export function autoencoderOutput(): Features {
  return {
    sentenceEmbedding: rows(2, 3, 1),
    sentenceEmbeddingBackbone: rows(2, 3, 2),
    decodedEmbeddingK: rows(2, 3, 3),
    decodedEmbedding4k: rows(2, 3, 4),
    decodedEmbeddingAux: null,
    decodedEmbeddingKPreBias: rows(2, 3, 5),
  };
}

/** The number in a scalar, which may be NaN or infinite. */
export function valueOf(scalar: tf.Tensor): number {
  return scalar.dataSync()[0] ?? Number.NaN;
}

/** The Euclidean norm of the gradient of a scalar function. */
export function slope(f: (x: tf.Tensor2D) => tf.Tensor, at: tf.Tensor2D): number {
  return valueOf(
    tf
      .grad((x) => f(x as tf.Tensor2D))(at)
      .norm(),
  );
}

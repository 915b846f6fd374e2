import type * as tf from '@tensorflow/tfjs';
import type { EmbeddingModel, Features } from '../features.js';

/** A model whose features are already its embeddings. */
export function passThroughModel(): EmbeddingModel {
  return { forward: (features) => features };
}

/** One column of features per embedding. */
export function featuresOf(embeddings: readonly tf.Tensor2D[]): Features[] {
  return embeddings.map((sentenceEmbedding) => ({ sentenceEmbedding }));
}

/** A "sparse auto-encoder" that reconstructs its embedding x as multiples of x. */
export function autoEncoderModel(): EmbeddingModel {
  return {
    forward: ({ sentenceEmbedding: x }) =>
      ({
        sentenceEmbedding: x,
        sentenceEmbeddingBackbone: x,
        decodedEmbeddingK: x?.mul(0.75),
        decodedEmbedding4k: x?.mul(0.875),
        decodedEmbeddingAux: x?.square(),
        decodedEmbeddingKPreBias: x?.mul(0.5),
      }) as Features,
  };
}

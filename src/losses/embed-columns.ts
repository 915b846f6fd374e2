import type * as tf from '@tensorflow/tfjs';
import type { EmbeddingModel, Features } from '../features.js';
import { checkFeatures, sentenceEmbedding } from './inputs.js';

/**
 * Calls the model's forward once per column. Throws an InputError if there is no column, or the model gives no
 * embedding.
 */
export function embedColumns(
  loss: string,
  model: EmbeddingModel,
  features: readonly Features[],
): tf.Tensor2D[] {
  checkFeatures(loss, features);
  return features.map((column, index) => sentenceEmbedding(loss, model.forward(column), index));
}

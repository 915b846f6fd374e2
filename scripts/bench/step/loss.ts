import * as tf from '@tensorflow/tfjs';
import {
  type EmbeddingModel,
  SparseMultipleNegativesRankingLoss,
  SpladeLoss,
  totalLoss,
} from '../../../src/index.js';
import { embed, type Texts, type Weights } from './model.js';
import type { StepCase } from './spec.js';

/** A model whose features are embedded already: all texts go through the encoder at once. */
const embedded: EmbeddingModel = { forward: (features) => features };

/** The loss of a batch, as a function of the weights and of all texts: the queries, then their documents. */
export function spladeLoss(spec: StepCase): (weights: Weights, texts: Texts) => tf.Scalar {
  const loss = new SpladeLoss(embedded, {
    loss: new SparseMultipleNegativesRankingLoss(embedded),
    documentRegularizerWeight: spec.documentRegularizerWeight,
    queryRegularizerWeight: spec.queryRegularizerWeight,
  });
  return (weights, texts) => {
    const columns = tf.split(embed(weights, texts, spec), 2, 0);
    return totalLoss(loss.forward(columns.map((sentenceEmbedding) => ({ sentenceEmbedding }))));
  };
}
